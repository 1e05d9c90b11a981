/*
 * chardev.c: TP2, started from the book's chardev.c and hello-sysfs.c
 *
 * /dev/asee_mod                        circular buffer
 * /sys/kernel/asee_mod/asee_buf_size   its size, can be changed
 * /sys/kernel/asee_mod/asee_buf_count  number of chars in it
 */
#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#define SUCCESS 0
#define DEVICE_NAME "asee_mod"
#define BUF_LEN 16
#define BUF_LEN_MAX 16384

enum {
	CDEV_NOT_USED = 0,
	CDEV_EXCLUSIVE_OPEN = 1,
};

static int major;
static atomic_t already_open = ATOMIC_INIT(CDEV_NOT_USED);
static struct class *cls;
static struct kobject *asee_mod;

static char *msg;
static int msg_first; /* oldest char */
static int asee_buf_size = BUF_LEN;
static int asee_buf_count = 0;

/* ---------------------------------------------------------------- device */

static int device_open(struct inode *inode, struct file *file)
{
	if (atomic_cmpxchg(&already_open, CDEV_NOT_USED, CDEV_EXCLUSIVE_OPEN))
		return -EBUSY;

	try_module_get(THIS_MODULE);

	return SUCCESS;
}

static int device_release(struct inode *inode, struct file *file)
{
	atomic_set(&already_open, CDEV_NOT_USED);
	module_put(THIS_MODULE);

	return SUCCESS;
}

static ssize_t device_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	int bytes_read = 0;

	while (length && asee_buf_count > 0) {
		if (put_user(msg[msg_first], buffer))
			return -EFAULT;
		buffer++;
		length--;
		bytes_read++;
		msg_first = (msg_first + 1) % asee_buf_size;
		asee_buf_count--;
	}

	return bytes_read;
}

static ssize_t device_write(struct file *filp, const char __user *buff, size_t len, loff_t *off)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char c;

		if (get_user(c, buff + i))
			return -EFAULT;
		msg[(msg_first + asee_buf_count) % asee_buf_size] = c;
		if (asee_buf_count < asee_buf_size)
			asee_buf_count++;
		else
			msg_first = (msg_first + 1) % asee_buf_size;
	}

	return len;
}

static struct file_operations chardev_fops = {
	.read = device_read,
	.write = device_write,
	.open = device_open,
	.release = device_release,
};

/* ----------------------------------------------------------------- sysfs */

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr, char *buf,
				   size_t count)
{
	char *new_msg;
	int new_size, i;
	char end = '\n';

	/* sscanf does not notice numbers that are too long for an int: 5 digits are enough */
	if (count > 6)
		return -EINVAL;
	/* nothing but the newline of echo may come after the number */
	if (sscanf(buf, "%d%c", &new_size, &end) < 1 || end != '\n')
		return -EINVAL;
	if (new_size < 1 || new_size > BUF_LEN_MAX)
		return -EINVAL;

	if (new_size < asee_buf_count) {
		pr_err("asee_mod: %d chars in the buffer, cannot shrink it to %d\n",
		       asee_buf_count, new_size);
		return -EINVAL;
	}

	new_msg = kmalloc(new_size, GFP_KERNEL);
	if (new_msg == NULL)
		return -ENOMEM;
	for (i = 0; i < asee_buf_count; i++)
		new_msg[i] = msg[(msg_first + i) % asee_buf_size];
	kfree(msg);
	msg = new_msg;
	msg_first = 0;
	asee_buf_size = new_size;

	return count;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

/* read only for everybody, but the book gives a store to every variable */
static ssize_t asee_buf_count_store(struct kobject *kobj, struct kobj_attribute *attr, char *buf,
				    size_t count)
{
	return -EPERM;
}

static struct kobj_attribute asee_buf_size_attribute =
	__ATTR(asee_buf_size, 0660, asee_buf_size_show, (void *)asee_buf_size_store);
static struct kobj_attribute asee_buf_count_attribute =
	__ATTR(asee_buf_count, 0660, asee_buf_count_show, (void *)asee_buf_count_store);

/* ---------------------------------------------------------------- module */

static int __init chardev_init(void)
{
	int error;

	msg = kmalloc(BUF_LEN, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	major = register_chrdev(0, DEVICE_NAME, &chardev_fops);
	if (major < 0) {
		pr_alert("Registering char device failed with %d\n", major);
		kfree(msg);
		return major;
	}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	cls = class_create(DEVICE_NAME);
#else
	cls = class_create(THIS_MODULE, DEVICE_NAME);
#endif
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	pr_info("Device created on /dev/%s\n", DEVICE_NAME);

	asee_mod = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_mod) {
		error = -ENOMEM;
		goto out;
	}
	error = sysfs_create_file(asee_mod, &asee_buf_size_attribute.attr);
	if (error) {
		pr_info("failed to create the asee_buf_size file in /sys/kernel/asee_mod\n");
		goto out_kobj;
	}
	error = sysfs_create_file(asee_mod, &asee_buf_count_attribute.attr);
	if (error) {
		pr_info("failed to create the asee_buf_count file in /sys/kernel/asee_mod\n");
		goto out_kobj;
	}

	return SUCCESS;

out_kobj:
	kobject_put(asee_mod);
out:
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
	kfree(msg);
	return error;
}

static void __exit chardev_exit(void)
{
	kobject_put(asee_mod);

	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);

	kfree(msg);
}

module_init(chardev_init);
module_exit(chardev_exit);

MODULE_LICENSE("GPL");
