import { watch } from "./watch";

try {
    watch();
} catch {
    // A browser that lacks something: the page goes on without being looked at.
}
