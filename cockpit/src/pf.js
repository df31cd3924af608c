// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is used of PatternFly: by their own paths, as the package's index would have the builder read all of them.

export { Alert } from "@patternfly/react-core/dist/esm/components/Alert/Alert.js";
export { Button } from "@patternfly/react-core/dist/esm/components/Button/Button.js";
export { Card } from "@patternfly/react-core/dist/esm/components/Card/Card.js";
export { CardBody } from "@patternfly/react-core/dist/esm/components/Card/CardBody.js";
export { CardFooter } from "@patternfly/react-core/dist/esm/components/Card/CardFooter.js";
export { CardHeader } from "@patternfly/react-core/dist/esm/components/Card/CardHeader.js";
export { CardTitle } from "@patternfly/react-core/dist/esm/components/Card/CardTitle.js";
export { Checkbox } from "@patternfly/react-core/dist/esm/components/Checkbox/Checkbox.js";
export { DescriptionList } from "@patternfly/react-core/dist/esm/components/DescriptionList/DescriptionList.js";
export { DescriptionListDescription } from "@patternfly/react-core/dist/esm/components/DescriptionList/DescriptionListDescription.js";
export { DescriptionListGroup } from "@patternfly/react-core/dist/esm/components/DescriptionList/DescriptionListGroup.js";
export { DescriptionListTerm } from "@patternfly/react-core/dist/esm/components/DescriptionList/DescriptionListTerm.js";
export { ExpandableSection } from "@patternfly/react-core/dist/esm/components/ExpandableSection/ExpandableSection.js";
export { Form } from "@patternfly/react-core/dist/esm/components/Form/Form.js";
export { FormGroup } from "@patternfly/react-core/dist/esm/components/Form/FormGroup.js";
export { FormHelperText } from "@patternfly/react-core/dist/esm/components/Form/FormHelperText.js";
export { FormSelect } from "@patternfly/react-core/dist/esm/components/FormSelect/FormSelect.js";
export { FormSelectOption } from "@patternfly/react-core/dist/esm/components/FormSelect/FormSelectOption.js";
export { HelperText } from "@patternfly/react-core/dist/esm/components/HelperText/HelperText.js";
export { HelperTextItem } from "@patternfly/react-core/dist/esm/components/HelperText/HelperTextItem.js";
export { Label } from "@patternfly/react-core/dist/esm/components/Label/Label.js";
export { Modal } from "@patternfly/react-core/dist/esm/components/Modal/Modal.js";
export { ModalBody } from "@patternfly/react-core/dist/esm/components/Modal/ModalBody.js";
export { ModalFooter } from "@patternfly/react-core/dist/esm/components/Modal/ModalFooter.js";
export { ModalHeader } from "@patternfly/react-core/dist/esm/components/Modal/ModalHeader.js";
export { Progress } from "@patternfly/react-core/dist/esm/components/Progress/Progress.js";
export { Spinner } from "@patternfly/react-core/dist/esm/components/Spinner/Spinner.js";
export { Tab } from "@patternfly/react-core/dist/esm/components/Tabs/Tab.js";
export { Tabs } from "@patternfly/react-core/dist/esm/components/Tabs/Tabs.js";
export { TabTitleText } from "@patternfly/react-core/dist/esm/components/Tabs/TabTitleText.js";
export { TextInput } from "@patternfly/react-core/dist/esm/components/TextInput/TextInput.js";
export { Title } from "@patternfly/react-core/dist/esm/components/Title/Title.js";
