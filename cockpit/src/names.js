// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of users and groups to complete what is typed. A convenience: without them everything can be typed.

const MAX_BYTES = 4 * 1024 * 1024;

async function firstFields(path) {
    try {
        const text = await window.cockpit.file(path, { max_read_size: MAX_BYTES }).read();
        return (text ?? "").split("\n").map(line => line.split(":")[0]).filter(Boolean).sort();
    } catch {
        return [];
    }
}

export const userNames = () => firstFields("/etc/passwd");
export const groupNames = () => firstFields("/etc/group");
