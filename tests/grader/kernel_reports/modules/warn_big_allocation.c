/* expect: warn | WARNING at mm/page_alloc.c:* in __alloc_pages_noprof | deed
 */
#include "trigger.h"

static volatile size_t size = 1UL << 30;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	kfree(kmalloc(size, GFP_KERNEL));
	return 0;
}
