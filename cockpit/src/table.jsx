// SPDX-License-Identifier: GPL-2.0-or-later
//
// A table that becomes a list of entries on a narrow window. PatternFly's look; its React table would cost more than the
// rest of the page.

import "@patternfly/react-styles/css/components/Table/table.css";
import "@patternfly/react-styles/css/components/Table/table-grid.css";

// columns: [heading, row => content]; a heading that is `hidden` is for screen readers.
export function Table({ caption, columns, rows, rowKey, empty }) {
    if (!rows.length)
        return <p className="quiet">{empty}</p>;
    return (
        <table className="pf-v6-c-table pf-m-grid-md pf-m-compact" role="table" aria-label={caption}>
            <thead className="pf-v6-c-table__thead" role="rowgroup">
                <tr className="pf-v6-c-table__tr" role="row">
                    {columns.map(([heading, , options]) =>
                        <th className="pf-v6-c-table__th" scope="col" role="columnheader" key={heading}>
                            {options?.hidden ? <span className="pf-v6-screen-reader">{heading}</span> : heading}
                        </th>)}
                </tr>
            </thead>
            <tbody className="pf-v6-c-table__tbody" role="rowgroup">
                {rows.map(row =>
                    <tr className="pf-v6-c-table__tr" role="row" key={rowKey(row)}>
                        {columns.map(([heading, content, options]) =>
                            <td className="pf-v6-c-table__td" role="cell" key={heading}
                                data-label={options?.hidden ? undefined : heading}>
                                {content(row)}
                            </td>)}
                    </tr>)}
            </tbody>
        </table>
    );
}
