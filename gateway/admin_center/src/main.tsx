/** Starts the page. */

import { render } from "preact";
import { App } from "./app.tsx";
import "./style/base.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/pages.css";

const place = document.getElementById("page");
if (place !== null) render(<App />, place);
