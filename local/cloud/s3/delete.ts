/** DeleteObjects: many at once, each judged by itself. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
import { malformedXml, xmlAnswer, xmlFields } from "./answers";
import { receive } from "./body";
import type { Bucket } from "./objects";
import { elementsOf, textOf } from "./request-xml";
import { ServiceError, type CloudRequest, type CloudResponse } from "../service";

const MAX_KEYS = 1000;

/** `use` throws where the caller may not delete that key; the others are deleted all the same. */
export function deleteObjects(
  bucket: Bucket,
  request: CloudRequest,
  use: (key: string) => void,
): CloudResponse {
  const xml = receive(request).content.toString("utf8");
  const keys = elementsOf(xml, "Object").map((object) => textOf(object, "Key") ?? "");
  if (keys.length === 0 || keys.length > MAX_KEYS || keys.includes("")) throw malformedXml();
  const isQuiet = textOf(xml, "Quiet") === "true";
  const results = keys.map((key) => {
    try {
      use(key);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return `<Error>${xmlFields({ Key: key, Code: error.code, Message: error.message })}</Error>`;
    }
    bucket.remove(key);
    return isQuiet ? "" : `<Deleted>${xmlFields({ Key: key })}</Deleted>`;
  });
  return xmlAnswer("DeleteResult", results.join(""));
}
