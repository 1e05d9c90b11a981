#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "asee.h"

static struct kobject *kobj;

static ssize_t size_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", asee.size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *attr, const char *buf,
			  size_t len)
{
	char *before;
	int size, ret;

	ret = kstrtoint(buf, 10, &size);
	if (ret)
		return ret;
	if (size <= 0)
		return -EINVAL;
	if (size > ASEE_MAX_SIZE)
		return -E2BIG;

	mutex_lock(&asee.lock);
	before = asee.slots;
	ret = asee_resize(&asee, size);
	mutex_unlock(&asee.lock);
	if (ret) {
		pr_err("asee_mod: resize to %d failed with %d\n", size, ret);
		return ret;
	}
	kfree(before);
	return len;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	int count;

	mutex_lock(&asee.lock);
	count = asee_count(&asee);
	mutex_unlock(&asee.lock);
	return sysfs_emit(buf, "%d\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static struct attribute *attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
static const struct attribute_group group = { .attrs = attrs };

int asee_sysfs_register(void)
{
	int ret;

	kobj = kobject_create_and_add(ASEE_NAME, kernel_kobj);
	if (!kobj)
		return -ENOMEM;
	ret = sysfs_create_group(kobj, &group);
	if (ret)
		kobject_put(kobj);
	return ret;
}

void asee_sysfs_unregister(void)
{
	sysfs_remove_group(kobj, &group);
	kobject_put(kobj);
}
