/**
 * A presigned URL says in its query what headers say otherwise: S3 takes each `x-amz-…` parameter as the header of that
 * name. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import type { CloudRequest } from "../service";

/** The request as it would be without; the same one when it is not presigned. */
export function withoutPresigning(request: CloudRequest): CloudRequest {
  if (!request.query.has("X-Amz-Signature")) return request;
  const query = new URLSearchParams(request.query);
  const headers = { ...request.headers };
  for (const [name, value] of request.query) {
    if (!/^x-amz-/i.test(name)) continue;
    query.delete(name);
    headers[name.toLowerCase()] ??= value;
  }
  return {
    method: request.method,
    path: request.path,
    query,
    headers,
    body: request.body,
    caller: request.caller,
    get signal() {
      return request.signal;
    },
  };
}
