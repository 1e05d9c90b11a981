/* expect: warn | cannot create duplicate filename '/kernel/asee_mod/asee_buf_size' | deed
 */
#include "trigger.h"
#include <linux/kobject.h>

static ssize_t show(struct kobject *kobj, struct kobj_attribute *attr, char *to)
{
	return 0;
}
static struct kobj_attribute size = __ATTR(asee_buf_size, 0444, show, NULL);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct kobject *folder = kobject_create_and_add("asee_mod", kernel_kobj);
	int failed = sysfs_create_file(folder, &size.attr);

	if (!failed)
		failed = sysfs_create_file(folder, &size.attr);
	kobject_put(folder);
	return failed;
}
