// SPDX-License-Identifier: GPL-2.0
/* ASEE third practical. The lock is a semaphore initialised to 1, see "Linux Device Drivers", chapter 5. */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/semaphore.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define MAX_SIZE 4096

static DECLARE_MUTEX(asee_sem);
static DECLARE_WAIT_QUEUE_HEAD(rq);
static DECLARE_WAIT_QUEUE_HEAD(wq);

static char data[MAX_SIZE];
static int asee_buf_size = 16;
static int asee_buf_count;

static ssize_t dev_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	ssize_t n;

	if (!len)
		return 0;
	if (down_interruptible(&asee_sem))
		return -ERESTARTSYS;
	while (!asee_buf_count) {
		up(&asee_sem);
		if (wait_event_interruptible(rq, asee_buf_count))
			return -ERESTARTSYS;
		if (down_interruptible(&asee_sem))
			return -ERESTARTSYS;
	}
	n = min_t(ssize_t, len, asee_buf_count);
	if (copy_to_user(buf, data, n)) {
		up(&asee_sem);
		return -EFAULT;
	}
	asee_buf_count -= n;
	memmove(data, data + n, asee_buf_count);
	up(&asee_sem);
	wake_up_interruptible(&wq);
	return n;
}

static ssize_t dev_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	ssize_t n;

	if (!len)
		return 0;
	if (down_interruptible(&asee_sem))
		return -ERESTARTSYS;
	while (asee_buf_count == asee_buf_size) {
		up(&asee_sem);
		if (wait_event_interruptible(wq, asee_buf_count < asee_buf_size))
			return -ERESTARTSYS;
		if (down_interruptible(&asee_sem))
			return -ERESTARTSYS;
	}
	n = min_t(ssize_t, len, asee_buf_size - asee_buf_count);
	if (copy_from_user(data + asee_buf_count, buf, n)) {
		up(&asee_sem);
		return -EFAULT;
	}
	asee_buf_count += n;
	up(&asee_sem);
	wake_up_interruptible(&rq);
	return n;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.read = dev_read,
	.write = dev_write,
};

static struct miscdevice dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &dev_fops,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sysfs_emit(b, "%d\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	ssize_t ret = n;
	int size;

	if (kstrtoint(b, 10, &size) || size < 1 || size > MAX_SIZE)
		return -EINVAL;
	down(&asee_sem);
	if (size < asee_buf_count)
		ret = -EINVAL;
	else
		asee_buf_size = size;
	up(&asee_sem);
	wake_up_interruptible(&wq);
	return ret;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sysfs_emit(b, "%d\n", asee_buf_count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct attribute *dev_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
static const struct attribute_group dev_group = { .attrs = dev_attrs };
static struct kobject *dev_kobj;

static int __init dev_init(void)
{
	int err = -ENOMEM;

	dev_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!dev_kobj)
		return err;
	err = sysfs_create_group(dev_kobj, &dev_group);
	if (!err)
		err = misc_register(&dev);
	if (err)
		kobject_put(dev_kobj);
	return err;
}

static void __exit dev_exit(void)
{
	misc_deregister(&dev);
	kobject_put(dev_kobj);
}

module_init(dev_init);
module_exit(dev_exit);
MODULE_LICENSE("GPL");
