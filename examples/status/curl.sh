#!/bin/sh
# The same call with curl.
curl --silent --show-error --fail -H "Authorization: Bearer $TOKEN" \
  "$PROVOST_URL/v1/customers/$CUSTOMER/subscriptions/$SUBSCRIPTION/provisioningstatus"
