// SPDX-License-Identifier: GPL-2.0-or-later
import "@patternfly/react-core/dist/styles/base.css";

import { createRoot } from "react-dom/client";
import { App } from "./app.jsx";
import { onAccessChange } from "./bus.js";
import { followCockpitsStyle } from "./theme.js";
import "./page.css";

followCockpitsStyle();
onAccessChange(() => window.location.reload());
createRoot(document.getElementById("app")).render(<App />);
