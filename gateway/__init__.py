"""HTTP in, HTTP out: parses a request, authorises it, submits a job or shows one.

The way of a request, from the outside in:

1. `server` accepts the connection, `app` is the application that it serves.
2. `middlewares` give it an id, count it, turn errors into answers, and find out who is calling (`access`).
3. `routes` lists all routes. Each belongs to one of the `dialects`, which parses the body (`bodies`) into a request.
4. `submission` checks the request and hands it to the job store; `archives` takes and gives files.
5. A view of the dialect writes the answer. `openapi` makes the API's document of the same table of routes.

`keys` is the waist: modules above it read requests, modules below it get plain arguments.
"""
