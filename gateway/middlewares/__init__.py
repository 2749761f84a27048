"""What every request passes through, in this order.

`request_id` names the request, `tracing` gives it its place in a distributed trace, `observation` counts and logs it,
`cors` answers browsers of other origins, `errors` turns whatever was raised into the dialect's error answer, `auth`
finds the caller and checks the route's roles.
`job_prefetch` reads the job of the path while the caller is looked up; `headers` adds the headers of every answer;
`matched_route` finds the row of the table that a request has matched.
"""
