// The scripts of all pages. They listen on the document, so that what htmx swaps in needs no setting up.
import "./shell.js";
import "./dialog.js";
import "./toast.js";
import "./record.js";
import "./tabs.js";
import "./list.js";
import "./tree.js";
import "./toolbar.js";
import "./pane.js";
import "./filter.js";
import "./query.js";
import "./table.js";
import "./layout.js";
import "./finder.js";
import "./print.js";
import "./picker.js";
import "./grid.js";
import "./form.js";
import "./field.js";
import "./session.js";
import "./look_up.js";
import "./upload.js";
import "./find.js";
import "./phone.js";
import "./news.js";
import "./voice.js";
import "./keys.js"; // last: what a control does with a key comes first
