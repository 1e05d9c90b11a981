/* expect: warn | WARNING: list_del corruption, ADDR->next is LIST_POISON1 (ADDR) | deed
 */
#include "trigger.h"
#include <linux/list.h>

static LIST_HEAD(list);
static LIST_HEAD(entry);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	list_add(&entry, &list);
	list_del(&entry);
	list_del(&entry);
	return 0;
}
