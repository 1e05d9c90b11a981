/* expect: warn | WARNING: list_add double add: new=ADDR, prev=ADDR, next=ADDR. | deed
 */
#include "trigger.h"
#include <linux/list.h>

static LIST_HEAD(list);
static LIST_HEAD(entry);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	list_add(&entry, &list);
	list_add(&entry, &list);
	return 0;
}
