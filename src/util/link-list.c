/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "util/array.h"
#include "util/link-list.h"
#include "util/netlink.h"

#define READS_MAX 5 /* until no interface comes or goes meanwhile */

void link_list_done(LinkList *list) {
        free(list->items);
        *list = (LinkList){};
}

static int append(LinkList *list, const LinkEntry *entry) {
        int r;

        if (list->count >= LINK_LIST_MAX)
                return -E2BIG;
        r = ARRAY_MAKE_ROOM(&list->items, &list->allocated, list->count + 1);
        if (r < 0)
                return r;

        list->items[list->count++] = *entry;
        return 0;
}

static void copy_text(const struct nlattr *attribute, char *ret, size_t size) {
        if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
                return;

        (void) strncpy(ret, mnl_attr_get_str(attribute), size - 1);
        ret[size - 1] = 0;
}

static int read_info(const struct nlattr *attribute, void *userdata) {
        LinkEntry *entry = userdata;

        if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
                copy_text(attribute, entry->kind, sizeof(entry->kind));

        return MNL_CB_OK;
}

static int read_link_attribute(const struct nlattr *attribute, void *userdata) {
        LinkEntry *entry = userdata;

        switch (mnl_attr_get_type(attribute)) {
        case IFLA_IFNAME:
                copy_text(attribute, entry->name, sizeof(entry->name));
                break;
        case IFLA_MASTER:
                entry->enslaved = true;
                break;
        case IFLA_LINKINFO:
                return mnl_attr_parse_nested(attribute, read_info, entry);
        default:
                break;
        }

        return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *message, void *userdata) {
        const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
        LinkEntry entry = {};
        int r;

        if (message->nlmsg_type != RTM_NEWLINK ||
            mnl_nlmsg_get_payload_len(message) < sizeof(*info))
                return MNL_CB_OK;

        entry.index = info->ifi_index;
        entry.running = (info->ifi_flags & IFF_UP) && (info->ifi_flags & IFF_RUNNING);
        if (mnl_attr_parse(message, sizeof(*info), read_link_attribute, &entry) < 0)
                return MNL_CB_ERROR;

        r = append(userdata, &entry);
        if (r < 0) {
                errno = -r;
                return MNL_CB_ERROR;
        }

        return MNL_CB_OK;
}

/* Of one interface and address family. */
typedef struct Setting {
        int index;
        bool forwards;
} Setting;

static int read_setting_attribute(const struct nlattr *attribute, void *userdata) {
        Setting *setting = userdata;

        if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
                return MNL_CB_OK;
        if (mnl_attr_get_type(attribute) == NETCONFA_IFINDEX)
                setting->index = (int) mnl_attr_get_u32(attribute);
        if (mnl_attr_get_type(attribute) == NETCONFA_FORWARDING)
                setting->forwards = mnl_attr_get_u32(attribute) != 0;

        return MNL_CB_OK;
}

static int read_setting(const struct nlmsghdr *message, void *userdata) {
        LinkList *list = userdata;
        Setting setting = {};

        if (message->nlmsg_type != RTM_NEWNETCONF ||
            mnl_attr_parse(message, sizeof(struct netconfmsg), read_setting_attribute, &setting) <
                            0 ||
            !setting.forwards)
                return MNL_CB_OK;

        /* those of "all" and "default" have an index of no interface */
        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].index == setting.index)
                        list->items[i].forwards = true;

        return MNL_CB_OK;
}

static int dump(NetlinkSocket *netlink,
                uint16_t type,
                uint8_t family,
                size_t header_size,
                mnl_cb_t callback,
                LinkList *list) {
        NetlinkRequest request = {};
        struct nlmsghdr *header = mnl_nlmsg_put_header(&request);
        uint8_t *payload;

        header->nlmsg_type = type;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        payload = mnl_nlmsg_put_extra_header(header, header_size);
        payload[0] = family; /* what both kinds of request begin with */

        return netlink_ask(netlink, &request, callback, list);
}

static int compare(const void *first, const void *second) {
        const LinkEntry *a = first, *b = second;

        return strcmp(a->name, b->name);
}

static int read_all(LinkList *ret) {
        CLEANUP(netlink_closep) NetlinkSocket *netlink = NULL;
        CLEANUP(link_list_done) LinkList list = {};
        static const uint8_t families[] = { AF_INET, AF_INET6 };
        int r;

        r = netlink_open(NETLINK_ROUTE, &netlink);
        if (r < 0)
                return r;
        r = dump(netlink, RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg), read_link, &list);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTS_OF(families); i++) {
                r = dump(netlink,
                         RTM_GETNETCONF,
                         families[i],
                         sizeof(struct netconfmsg),
                         read_setting,
                         &list);
                /* a kernel without IPv6 */
                if (r < 0 && r != -EOPNOTSUPP)
                        return r;
        }

        if (list.count > 0)
                qsort(list.items, list.count, sizeof(LinkEntry), compare);
        *ret = list;
        list = (LinkList){};
        return 0;
}

int link_list_read(LinkList *ret) {
        int r = -EINTR;

        assert(ret);

        for (unsigned i = 0; i < READS_MAX && r == -EINTR; i++)
                r = read_all(ret);

        return r;
}
