// SPDX-License-Identifier: GPL-2.0-or-later
//
// What every card knows: {status, policy, limited, refresh}. limited: reading what is public, changing nothing.

import { createContext, useContext } from "react";

export const PageContext = createContext(null);
export const usePage = () => useContext(PageContext);
