/** How a caller is turned away whose key or signature is wrong: by the error that AWS has for it, in its service's protocol. */
import { randomUUID } from "node:crypto";
import type { CloudResponse } from "../service";
import { escapeXml } from "../xml";
import type { PresignedProblem } from "./presigned";

export type Refusal = "unknown-key" | "wrong-signature" | "wrong-token" | "expired-token" | PresignedProblem;

interface Words {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

const SIGNATURE =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN = "The security token included in the request is invalid.";
const EXPIRED_URL = "Signature expired: it is older than its X-Amz-Expires allows.";
const EARLY_URL = "Signature not yet current: its X-Amz-Date lies ahead.";
const WRONG_EXPIRES = "X-Amz-Expires must be a number of seconds from 1 to 604800, a week.";
const UNSIGNED = "There were headers present in the request which were not signed";
const EXPIRED_TOKEN = "The security token included in the request is expired";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const S3: Readonly<Record<Refusal, Words>> = {
  "unknown-key": {
    code: "InvalidAccessKeyId",
    status: 403,
    message: "The AWS Access Key Id you provided does not exist in our records.",
  },
  "wrong-signature": {
    code: "SignatureDoesNotMatch",
    status: 403,
    message:
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  },
  "wrong-token": {
    code: "InvalidToken",
    status: 400,
    message: "The provided token is malformed or otherwise invalid.",
  },
  "expired-token": { code: "ExpiredToken", status: 400, message: "The provided token has expired." },
  "expired-url": { code: "AccessDenied", status: 403, message: "Request has expired" },
  "early-url": { code: "AccessDenied", status: 403, message: "Request is not yet valid" },
  "wrong-expires": { code: "AuthorizationQueryParametersError", status: 400, message: WRONG_EXPIRES },
  "unsigned-headers": { code: "AccessDenied", status: 403, message: UNSIGNED },
};

/** Of the query protocol. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const QUERY: Readonly<Record<Refusal, Words>> = {
  "unknown-key": { code: "InvalidClientTokenId", status: 403, message: INVALID_TOKEN },
  "wrong-signature": { code: "SignatureDoesNotMatch", status: 403, message: SIGNATURE },
  "wrong-token": { code: "InvalidClientTokenId", status: 403, message: INVALID_TOKEN },
  "expired-token": { code: "ExpiredToken", status: 403, message: EXPIRED_TOKEN },
  "expired-url": { code: "SignatureDoesNotMatch", status: 403, message: EXPIRED_URL },
  "early-url": { code: "SignatureDoesNotMatch", status: 403, message: EARLY_URL },
  "wrong-expires": { code: "SignatureDoesNotMatch", status: 403, message: WRONG_EXPIRES },
  "unsigned-headers": { code: "SignatureDoesNotMatch", status: 403, message: UNSIGNED },
};

/** https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html */
const JSON_WORDS: Readonly<Record<Refusal, Words>> = {
  "unknown-key": { code: "UnrecognizedClientException", status: 400, message: INVALID_TOKEN },
  "wrong-signature": { code: "InvalidSignatureException", status: 400, message: SIGNATURE },
  "wrong-token": { code: "UnrecognizedClientException", status: 400, message: INVALID_TOKEN },
  "expired-token": { code: "ExpiredTokenException", status: 400, message: EXPIRED_TOKEN },
  "expired-url": { code: "InvalidSignatureException", status: 400, message: EXPIRED_URL },
  "early-url": { code: "InvalidSignatureException", status: 400, message: EARLY_URL },
  "wrong-expires": { code: "InvalidSignatureException", status: 400, message: WRONG_EXPIRES },
  "unsigned-headers": { code: "InvalidSignatureException", status: 400, message: UNSIGNED },
};

export function refusedCaller(service: string, contentType: string, refusal: Refusal): CloudResponse {
  if (service === "s3") {
    const { code, status, message } = S3[refusal];
    const error = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><RequestId>${randomUUID()}</RequestId></Error>`;
    return { status, headers: { "Content-Type": "application/xml" }, body: error };
  }
  if (contentType.startsWith("application/x-www-form-urlencoded")) {
    const { code, status, message } = QUERY[refusal];
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
    const body = `<ErrorResponse>${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
    return { status, headers: { "Content-Type": "text/xml" }, body };
  }
  const { code, status, message } = JSON_WORDS[refusal];
  return {
    status: service === "lambda" ? 403 : status,
    headers: { "Content-Type": "application/x-amz-json-1.0", "x-amzn-ErrorType": code },
    body: JSON.stringify({ __type: code, message }),
  };
}
