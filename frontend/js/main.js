// Every page: theme, menus, shortcuts, then what each part of the page asks for.
import { startFinder } from "./finder.js";
import { startLists } from "./list.js";
import { startMenus } from "./menus.js";
import { enhancePickers } from "./picker.js";
import { startRecent } from "./recent.js";
import { startTheme } from "./theme-switch.js";
import { startToasts } from "./toasts.js";

startTheme();
startMenus();
startFinder();
startLists();
startToasts();
startRecent();
enhancePickers(document);
document.addEventListener("htmx:load", (event) => enhancePickers(event.target));
