#include "trigger.h"

static volatile size_t size = 1UL << 30;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	kfree(kmalloc(size, GFP_KERNEL));
	return 0;
}
