#!/bin/sh
# The same call in a terminal; provost finds the token of a running dev by itself.
provost subscriptions status "$CUSTOMER" "$SUBSCRIPTION"
