"""How bodies of requests and answers come and go."""
