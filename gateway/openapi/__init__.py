"""The OpenAPI document, made from the table of routes.

`document` puts it together: `operations` describes a route, `schemas` describes bodies by the models and types that
the code uses, `refusals` the error answers, `security` the credentials. `endpoints` serves it with a page that shows
it.
"""
