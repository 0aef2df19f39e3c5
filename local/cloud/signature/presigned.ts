/**
 * Presigned URLs: Signature Version 4 in the query of a request. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import type { SignedRequest } from "./signature";

const LONGEST_SECONDS = 7 * 24 * 60 * 60;
/** How far clocks may differ. */
const SKEW_MS = 15 * 60 * 1000;

/** Headers that the URL or the signature itself speaks for. */
const SELF_EVIDENT = ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

/** The request as it would be with the signature in its Authorization header; null when it is not presigned. */
export function withAuthorization(request: SignedRequest): SignedRequest | null {
  const { url } = request;
  const at = url.indexOf("?");
  const query = new URLSearchParams(at === -1 ? "" : url.slice(at + 1));
  const signature = query.get("X-Amz-Signature");
  const credential = query.get("X-Amz-Credential");
  if (signature === null || credential === null || query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256")
    return null;
  const signedHeaders = query.get("X-Amz-SignedHeaders") ?? "";
  const token = query.get("X-Amz-Security-Token");
  const signsBody = !credential.endsWith("/s3/aws4_request");
  return {
    method: request.method,
    body: request.body,
    // All of the query is signed but the signature.
    url: url.replace(/([?&])X-Amz-Signature=[^&]*&?/, "$1").replace(/[?&]$/, ""),
    headers: {
      ...request.headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
      "x-amz-date": query.get("X-Amz-Date") ?? "",
      ...(token === null ? {} : { "x-amz-security-token": token }),
      ...(signsBody
        ? {}
        : {
            "x-amz-content-sha256": query.get("X-Amz-Content-Sha256") ?? signedBody(request, signedHeaders),
          }),
    },
  };
}

/** S3 does not know the body when the URL is made, unless its digest is among the signed headers. */
function signedBody({ headers }: SignedRequest, signedHeaders: string): string {
  const digest = headers["x-amz-content-sha256"];
  return signedHeaders.split(";").includes("x-amz-content-sha256") ? String(digest) : "UNSIGNED-PAYLOAD";
}

export type PresignedProblem = "expired-url" | "early-url" | "wrong-expires" | "unsigned-headers";

/** Why a presigned request that is signed rightly is refused; null when it is not, or not presigned. */
export function presignedProblem({ url, headers }: SignedRequest, nowMs: number): PresignedProblem | null {
  const query = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  if (!query.has("X-Amz-Algorithm")) return null;
  const signed = [...SELF_EVIDENT, ...(query.get("X-Amz-SignedHeaders") ?? "").split(";")];
  // Whoever has the URL must not add to what was signed.
  if (Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signed.includes(name)))
    return "unsigned-headers";
  const expires = query.get("X-Amz-Expires") ?? "";
  if (!/^\d{1,9}$/.test(expires) || Number(expires) < 1 || Number(expires) > LONGEST_SECONDS)
    return "wrong-expires";
  const signedMs = Date.parse(
    (query.get("X-Amz-Date") ?? "").replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"),
  );
  if (signedMs > nowMs + SKEW_MS) return "early-url";
  // Also where the date is none.
  return nowMs <= signedMs + Number(expires) * 1000 ? null : "expired-url";
}
