/** Finds the function that a handler's name stands for: `src/index.handler` is `handler` of src/index.{mjs,js,cjs,ts,mts}. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const EXTENSIONS = [".mjs", ".js", ".cjs", ".ts", ".mts"];

/** Throws an error whose name is the one that Lambda reports. */
export async function loadHandler(taskRoot, name) {
  const [, module, exportPath] = /^((?:.*\/)?[^/.]+)\.(.+)$/.exec(name) ?? [];
  if (module === undefined) {
    throw named(
      "Runtime.MalformedHandlerName",
      `Bad handler ${JSON.stringify(name)}; it must be like "index.handler"`,
    );
  }
  const file = EXTENSIONS.map((extension) => resolve(taskRoot, module + extension)).find((path) =>
    existsSync(path),
  );
  if (file === undefined)
    throw named("Runtime.ImportModuleError", `Error: Cannot find module '${module}' in ${taskRoot}`);
  const loaded = await load(file);
  const handler = at(loaded, exportPath) ?? at(loaded.default, exportPath);
  if (handler === undefined) throw named("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw named("Runtime.HandlerNotFound", `${name} is not a function`);
  return handler;
}

async function load(file) {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw named("Runtime.UserCodeSyntaxError", String(error), error);
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
      throw named("Runtime.ImportModuleError", String(error), error);
    }
    throw error;
  }
}

/** `exportPath` may reach into objects: `handlers.detect`. */
function at(exports, exportPath) {
  return exportPath.split(".").reduce((value, key) => value?.[key], exports);
}

function named(name, message, cause) {
  return Object.assign(new Error(message, { cause }), { name });
}
