#!/bin/bash
# A function where there is a bare Debian: a Runtime API client of bash alone, over bash's own /dev/tcp.
tool=
. /findings.sh
call() { # call METHOD PATH [BODY]: sets $id and $body
  exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}" || exit 1
  printf '%s /2018-06-01/runtime/invocation/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${#3}" "$3" >&3
  while IFS=': ' read -r name value <&3; do
    value=${value%$'\r'}
    case ${name,,} in $'\r') break ;; lambda-runtime-aws-request-id) id=$value ;; esac
  done
  body=$(cat <&3)
  exec 3>&-
}
while :; do
  call GET next
  call POST "$id/response" "$(findings "$body")"
done
