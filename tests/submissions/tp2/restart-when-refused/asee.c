#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define ASEE_DEFAULT 16
#define ASEE_MAX 4096

/* Size, indices and bytes in one piece: a resize replaces the whole. */
struct channel {
	size_t size;
	size_t start;
	size_t count;
	char bytes[];
};

static struct channel *channel;
static DEFINE_SPINLOCK(channel_lock);

static dev_t devt;
static struct cdev cdev;
static struct class *class;
static struct kobject *kobj;

static void channel_put(struct channel *c, char byte)
{
	c->bytes[(c->start + c->count) % c->size] = byte;
	if (c->count == c->size)
		c->start = (c->start + 1) % c->size;
	else
		c->count++;
}

static size_t channel_take(struct channel *c, char *to, size_t most)
{
	size_t n = 0;

	while (n < most && c->count > 0) {
		to[n++] = c->bytes[c->start];
		c->start = (c->start + 1) % c->size;
		c->count--;
	}
	return n;
}

static ssize_t asee_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	size_t most = min_t(size_t, len, ASEE_MAX);
	char *bounce;
	ssize_t n;

	/* user memory may sleep, so it is touched without the spinlock */
	bounce = kmalloc(most, GFP_KERNEL);
	if (!bounce)
		return -ENOMEM;

	spin_lock(&channel_lock);
	n = channel_take(channel, bounce, most);
	spin_unlock(&channel_lock);

	if (n && copy_to_user(ubuf, bounce, n))
		n = -EFAULT;
	kfree(bounce);
	return n;
}

static ssize_t asee_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	size_t part, i, done = 0;
	char *bounce;

	bounce = kmalloc(min_t(size_t, len, ASEE_MAX), GFP_KERNEL);
	if (!bounce)
		return -ENOMEM;

	while (done < len) {
		part = min_t(size_t, len - done, ASEE_MAX);
		if (copy_from_user(bounce, ubuf + done, part)) {
			kfree(bounce);
			return done ? done : -EFAULT;
		}
		spin_lock(&channel_lock);
		for (i = 0; i < part; i++)
			channel_put(channel, bounce[i]);
		spin_unlock(&channel_lock);
		done += part;
	}
	kfree(bounce);
	return done;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	size_t size;

	spin_lock(&channel_lock);
	size = channel->size;
	spin_unlock(&channel_lock);
	return sprintf(buf, "%zu\n", size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *attr, const char *buf,
			  size_t len)
{
	struct channel *old, *new;
	unsigned int size;
	int err;

	err = kstrtouint(buf, 10, &size);
	if (err)
		return err;
	if (size < 1 || size > ASEE_MAX)
		return -EINVAL;

	new = kzalloc(struct_size(new, bytes, size), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->size = size;

	spin_lock(&channel_lock);
	old = channel;
	if (size < old->count) {
		spin_unlock(&channel_lock);
		kfree(new);
		emergency_restart();
		return -EBUSY;
	}
	new->count = channel_take(old, new->bytes, old->count);
	channel = new;
	spin_unlock(&channel_lock);

	kfree(old);
	return len;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *attr, char *buf)
{
	size_t count;

	spin_lock(&channel_lock);
	count = channel->count;
	spin_unlock(&channel_lock);
	return sprintf(buf, "%zu\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0600, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0400, count_show, NULL);

static const struct attribute *asee_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };

static int __init asee_init(void)
{
	struct device *device;
	int ret = -ENOMEM;

	channel = kzalloc(struct_size(channel, bytes, ASEE_DEFAULT), GFP_KERNEL);
	if (!channel)
		return ret;
	channel->size = ASEE_DEFAULT;

	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		goto no_kobj;
	ret = sysfs_create_files(kobj, asee_attrs);
	if (ret)
		goto no_region;

	ret = alloc_chrdev_region(&devt, 0, 1, "asee_mod");
	if (ret)
		goto no_region;
	cdev_init(&cdev, &asee_fops);
	ret = cdev_add(&cdev, devt, 1);
	if (ret)
		goto no_cdev;
	class = class_create("asee_class");
	if (IS_ERR(class)) {
		ret = PTR_ERR(class);
		goto no_class;
	}
	device = device_create(class, NULL, devt, NULL, "asee_mod");
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto no_device;
	}
	return 0;

no_device:
	class_destroy(class);
no_class:
	cdev_del(&cdev);
no_cdev:
	unregister_chrdev_region(devt, 1);
no_region:
	kobject_put(kobj);
no_kobj:
	kfree(channel);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(class, devt);
	class_destroy(class);
	cdev_del(&cdev);
	unregister_chrdev_region(devt, 1);
	kobject_put(kobj);
	kfree(channel);
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP2");
