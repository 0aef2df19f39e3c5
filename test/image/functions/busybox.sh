#!/bin/busybox sh
# A function where there is nothing but one static program: a Runtime API client of busybox.
tool=/bin/busybox
. /findings.sh
credentials=
[ -n "$AWS_CONTAINER_CREDENTIALS_FULL_URI" ] && credentials=$($tool wget -q -O - \
  --header "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI")
runtime="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
  event=$($tool wget -q -S -O - "$runtime/next" 2>/tmp/headers) || exit 1
  id=$($tool grep -i 'lambda-runtime-aws-request-id:' /tmp/headers | $tool tr -d ' \r\n' | $tool cut -d: -f2)
  $tool wget -q -O /dev/null --post-data "$(findings "$event" "$credentials")" "$runtime/$id/response" || exit 1
done
