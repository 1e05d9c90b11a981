// SPDX-License-Identifier: GPL-2.0
#include <linux/cdev.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define RING_LEN 4096
#define PART 64

struct channel {
	spinlock_t lock;
	wait_queue_head_t rq;
	wait_queue_head_t wq;
	unsigned int size;
	int count;
	unsigned int head;
	unsigned int tail;
	char ring[RING_LEN];
};

static struct channel ch;

/* Writers change the channel, so they take the lock. Readers only look, and sleep. */
static ssize_t channel_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char part[PART];
	size_t n = 0;

	len = min_t(size_t, len, PART);
	if (len == 0)
		return 0;
	if (copy_from_user(part, buf, len))
		return -EFAULT;

	while (n == 0) {
		if (wait_event_interruptible(ch.wq, READ_ONCE(ch.count) < (int)READ_ONCE(ch.size)))
			return -ERESTARTSYS;
		spin_lock(&ch.lock);
		while (n < len && ch.count < (int)ch.size) {
			ch.ring[ch.tail++ % RING_LEN] = part[n++];
			ch.count++;
		}
		spin_unlock(&ch.lock);
	}
	wake_up_interruptible(&ch.rq);
	return n;
}

static ssize_t channel_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	char part[PART];
	int n, i;

	if (len == 0)
		return 0;
	if (wait_event_interruptible(ch.rq, READ_ONCE(ch.count) > 0))
		return -ERESTARTSYS;

	/* one at least: that is what it was woken for */
	n = clamp(READ_ONCE(ch.count), 1, PART);
	if (n > len)
		n = len;
	for (i = 0; i < n; i++)
		part[i] = ch.ring[(ch.head + i) % RING_LEN];
	/* the device needs a while */
	mdelay(3);
	ch.head += n;
	ch.count -= n;

	wake_up_interruptible(&ch.wq);
	if (copy_to_user(buf, part, n))
		return -EFAULT;
	return n;
}

static const struct file_operations channel_fops = {
	.owner = THIS_MODULE,
	.read = channel_read,
	.write = channel_write,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ch.size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	unsigned int size;
	ssize_t ret = len;

	if (kstrtouint(buf, 0, &size) || size < 1 || size > RING_LEN)
		return -EINVAL;
	spin_lock(&ch.lock);
	if ((int)size < ch.count)
		ret = -EINVAL;
	else
		ch.size = size;
	spin_unlock(&ch.lock);
	if (ret < 0)
		pr_err("channel: cannot shrink to %u\n", size);
	else
		wake_up_interruptible(&ch.wq);
	return ret;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", ch.count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static const struct attribute *channel_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };

static dev_t devt;
static struct cdev channel_cdev;
static struct class *channel_class;
static struct kobject *channel_kobj;

static int __init channel_init(void)
{
	struct device *device;
	int err = -ENOMEM;

	spin_lock_init(&ch.lock);
	init_waitqueue_head(&ch.rq);
	init_waitqueue_head(&ch.wq);
	ch.size = 16;

	channel_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!channel_kobj)
		return err;
	err = sysfs_create_files(channel_kobj, channel_attrs);
	if (err)
		goto kobj;
	err = alloc_chrdev_region(&devt, 0, 1, "asee_mod");
	if (err)
		goto kobj;
	cdev_init(&channel_cdev, &channel_fops);
	err = cdev_add(&channel_cdev, devt, 1);
	if (err)
		goto region;
	channel_class = class_create("channel");
	if (IS_ERR(channel_class)) {
		err = PTR_ERR(channel_class);
		goto cdev;
	}
	device = device_create(channel_class, NULL, devt, NULL, "asee_mod");
	if (IS_ERR(device)) {
		err = PTR_ERR(device);
		goto class;
	}
	return 0;
class:
	class_destroy(channel_class);
cdev:
	cdev_del(&channel_cdev);
region:
	unregister_chrdev_region(devt, 1);
kobj:
	kobject_put(channel_kobj);
	return err;
}

static void __exit channel_exit(void)
{
	device_destroy(channel_class, devt);
	class_destroy(channel_class);
	cdev_del(&channel_cdev);
	unregister_chrdev_region(devt, 1);
	kobject_put(channel_kobj);
}

module_init(channel_init);
module_exit(channel_exit);
MODULE_LICENSE("GPL");
