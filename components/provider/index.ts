/** Serves MovableFunction as a Pulumi component provider, for programs in any language. */
import { componentProviderHost } from "@pulumi/pulumi/provider/experimental";
import { MovableFunction } from "./movable-function";

void componentProviderHost({ name: "loveless", dirname: __dirname, components: [MovableFunction] });
