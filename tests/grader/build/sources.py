"""Sources of modules that the build tests share."""

from __future__ import annotations

START = """#include <linux/module.h>
static int __init start(void)
{
	return 0;
}
static void __exit stop(void)
{
}
module_init(start);
module_exit(stop);
"""
END = 'MODULE_LICENSE("GPL");\n'

#: In the manner of the book that the course uses (The Linux Kernel Module Programming Guide).
DEVICE = """#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#define DEVICE_NAME "asee_mod"
#define SIZE 16

static int major;
static struct class *cls;
static char text[SIZE];
static size_t count;

static inline unsigned long give(char __user *to, size_t bytes)
{
	return copy_to_user(to, text, bytes);
}

static ssize_t device_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	size_t bytes = min(length, count);

	if (give(buffer, bytes))
		return -EFAULT;
	count = 0;
	return bytes;
}

static ssize_t device_write(struct file *filp, const char __user *buffer, size_t length,
				loff_t *offset)
{
	size_t bytes = min_t(size_t, length, SIZE);

	if (copy_from_user(text, buffer, bytes))
		return -EFAULT;
	count = bytes;
	return length;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = device_read,
	.write = device_write,
};

static int __init chardev_init(void)
{
	major = register_chrdev(0, DEVICE_NAME, &fops);
	if (major < 0) {
		pr_alert("Registering char device failed with %d\\n", major);
		return major;
	}
	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	pr_info("Device created on /dev/%s\\n", DEVICE_NAME);
	return 0;
}

static void __exit chardev_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
}

module_init(chardev_init);
module_exit(chardev_exit);
MODULE_LICENSE("GPL");
"""

HELPERS = {
    "asee_mod.c": '#include "ring.h"\n' + START.replace("return 0", "return ring_size()") + END,
    "ring.c": '#include "ring.h"\nint ring_size(void)\n{\n\treturn 0;\n}\n',
    "ring.h": "int ring_size(void);\n",
}
