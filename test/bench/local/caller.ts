/** Step Functions' API by bare keep-alive HTTP: the SDK's own client costs more than the server. */
import { Pool } from "undici";

export interface Caller {
  /** Throws unless the answer is 200. */
  call(operation: string, input: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const CONNECTIONS = 96;

export function createCaller(server: { readonly endpoint: string; readonly accessKeyId: string }): Caller {
  const pool = new Pool(server.endpoint, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
  const authorization = `AWS4-HMAC-SHA256 Credential=${server.accessKeyId}/20261120/eu-west-1/states/aws4_request, SignedHeaders=host, Signature=0`;
  return {
    async call(operation, input) {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: "/",
        headers: {
          authorization,
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `AWSStepFunctions.${operation}`,
        },
        body: JSON.stringify(input),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${operation} was answered ${String(statusCode)}: ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
    close: () => pool.close(),
  };
}
