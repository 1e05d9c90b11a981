/* asee_mod: device, attributes and interrupt. The channel itself is in channel.c. */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#include "channel.h"

static struct channel *channel;
static int major;
static struct class *class;
static struct kobject *kobj;

static irqreturn_t asee_irq(int irq, void *dev_id)
{
	channel_abort(dev_id);
	return IRQ_HANDLED;
}

static ssize_t asee_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	unsigned char tmp[256];
	ssize_t n;

	if (len == 0)
		return 0;
	n = channel_get(channel, tmp, min(len, sizeof(tmp)));
	if (n > 0 && copy_to_user(buf, tmp, n))
		return -EFAULT;
	return n;
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	unsigned char tmp[256];
	size_t part;

	/* One part is enough: write() may return less, and the shell goes on from there. */
	part = min(len, sizeof(tmp));
	if (copy_from_user(tmp, buf, part))
		return -EFAULT;
	return part ? channel_put(channel, tmp, part) : 0;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(channel->capacity));
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *attr, const char *buf,
				   size_t len)
{
	unsigned int capacity;
	int err;

	err = kstrtouint(buf, 0, &capacity);
	if (!err)
		err = channel_resize(channel, capacity);
	return err ? err : len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(channel->count));
}

static ssize_t abort_store(struct kobject *k, struct kobj_attribute *attr, const char *buf,
			   size_t len)
{
	asm volatile("int $0x3B");
	return len;
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct kobj_attribute abort_attr = __ATTR_WO(abort);

static struct attribute *asee_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	&abort_attr.attr,
	NULL,
};
static const struct attribute_group asee_group = {
	.attrs = asee_attrs,
};

static int __init asee_init(void)
{
	struct device *device;
	int err = -ENOMEM;

	channel = kmalloc(sizeof(*channel), GFP_KERNEL);
	if (!channel)
		return -ENOMEM;
	channel_init(channel, 16);

	err = request_irq(11, asee_irq, IRQF_SHARED, "asee_mod", channel);
	if (err)
		goto free_channel;

	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	err = kobj ? sysfs_create_group(kobj, &asee_group) : -ENOMEM;
	if (err)
		goto put_kobj;

	major = register_chrdev(0, "asee_mod", &asee_fops);
	if (major < 0) {
		err = major;
		goto put_kobj;
	}
	class = class_create("asee_mod");
	if (IS_ERR(class)) {
		err = PTR_ERR(class);
		goto unregister;
	}
	device = device_create(class, NULL, MKDEV(major, 0), NULL, "asee_mod");
	if (IS_ERR(device)) {
		err = PTR_ERR(device);
		goto destroy_class;
	}
	return 0;

destroy_class:
	class_destroy(class);
unregister:
	unregister_chrdev(major, "asee_mod");
put_kobj:
	kobject_put(kobj);
	free_irq(11, channel);
free_channel:
	kfree(channel);
	return err;
}

static void __exit asee_exit(void)
{
	device_destroy(class, MKDEV(major, 0));
	class_destroy(class);
	unregister_chrdev(major, "asee_mod");
	kobject_put(kobj);
	free_irq(11, NULL);
	kfree(channel);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP4");
