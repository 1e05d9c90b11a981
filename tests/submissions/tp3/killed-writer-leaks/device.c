// SPDX-License-Identifier: GPL-2.0
/* The device and its attributes; the channel itself is in ring.c. */
#include "ring.h"

#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define BLOCK 512u

static struct ring ring;

static ssize_t device_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	unsigned char *block;
	ssize_t ret;

	if (!len)
		return 0;
	len = min_t(size_t, len, BLOCK);
	block = kmalloc(len, GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	ret = ring_take(&ring, block, len);
	if (ret > 0 && copy_to_user(buf, block, ret))
		ret = -EFAULT;
	kfree(block);
	return ret;
}

static ssize_t device_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	unsigned char *block;
	ssize_t ret;

	if (!len)
		return 0;
	len = min_t(size_t, len, BLOCK);
	block = memdup_user(buf, len);
	if (IS_ERR(block))
		return PTR_ERR(block);
	ret = ring_put(&ring, block, len);
	if (ret < 0)
		return ret;
	kfree(block);
	return ret;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.read = device_read,
	.write = device_write,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &device_fops,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%u\n", ring_size(&ring));
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a,
				   const char *buf, size_t len)
{
	unsigned int size;
	int err = kstrtouint(buf, 0, &size);

	if (err)
		return err;
	if (size == 0 || size > 16384)
		return -EINVAL;
	err = ring_resize(&ring, size);
	if (err) {
		pr_err("asee_mod: cannot set the size to %u (%d)\n", size, err);
		return err;
	}
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%u\n", ring_count(&ring));
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static const struct attribute *attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
static struct kobject *kobj;

static int __init device_start(void)
{
	int err = ring_init(&ring, 16);

	if (err)
		return err;
	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	err = kobj ? sysfs_create_files(kobj, attrs) : -ENOMEM;
	if (!err)
		err = misc_register(&device);
	if (err) {
		kobject_put(kobj);
		ring_free(&ring);
	}
	return err;
}

static void __exit device_stop(void)
{
	misc_deregister(&device);
	kobject_put(kobj);
	ring_free(&ring);
}

module_init(device_start);
module_exit(device_stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP3 in two files");
