/* The ring is the kernel's kfifo; its size has to be a power of two, so the size that one can set is
 * a limit of its own. */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define FIFO_MOST 4096

static DEFINE_KFIFO(fifo, unsigned char, FIFO_MOST);
static unsigned int limit = 16;
static DEFINE_SPINLOCK(fifo_lock);	/* fifo and limit */

static DECLARE_WAIT_QUEUE_HEAD(fifo_data);
static DECLARE_WAIT_QUEUE_HEAD(fifo_space);

static bool has_data(void)
{
	bool yes;

	spin_lock(&fifo_lock);
	yes = !kfifo_is_empty(&fifo);
	spin_unlock(&fifo_lock);
	return yes;
}

static bool has_space(void)
{
	bool yes;

	spin_lock(&fifo_lock);
	yes = kfifo_len(&fifo) < limit;
	spin_unlock(&fifo_lock);
	return yes;
}

static ssize_t fifo_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	unsigned char tmp[256];
	unsigned int n;

	if (count == 0)
		return 0;
	do {
		if (wait_event_interruptible(fifo_data, has_data()))
			return -ERESTARTSYS;
		spin_lock(&fifo_lock);
		n = kfifo_out(&fifo, tmp, min(count, sizeof(tmp)));
		spin_unlock(&fifo_lock);
	} while (n == 0);

	if (copy_to_user(buf, tmp, n))
		return -EFAULT;	/* n is unsigned: no '?:' here */
	wake_up_interruptible(&fifo_space);
	return n;
}

static ssize_t fifo_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	unsigned char tmp[256];
	unsigned int n;

	if (count == 0)
		return 0;
	count = min(count, sizeof(tmp));
	if (copy_from_user(tmp, buf, count))
		return -EFAULT;
	do {
		if (wait_event_interruptible(fifo_space, has_space()))
			return -ERESTARTSYS;
		spin_lock(&fifo_lock);
		n = kfifo_in(&fifo, tmp, min_t(unsigned int, count, limit - kfifo_len(&fifo)));
		spin_unlock(&fifo_lock);
	} while (n == 0);

	wake_up_interruptible(&fifo_data);
	return n;
}

static const struct file_operations fifo_fops = {
	.owner = THIS_MODULE,
	.read = fifo_read,
	.write = fifo_write,
	.llseek = noop_llseek,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", limit);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	unsigned int wanted;
	ssize_t ret;

	ret = kstrtouint(buf, 0, &wanted);
	if (ret)
		return ret;
	if (wanted < 1 || wanted > FIFO_MOST)
		return -EINVAL;

	spin_lock(&fifo_lock);
	if (wanted < kfifo_len(&fifo)) {
		ret = -EINVAL;
	} else {
		limit = wanted;
		ret = count;
	}
	spin_unlock(&fifo_lock);

	if (ret < 0)
		pr_err("fifo: %u bytes do not hold what is inside\n", wanted);
	else
		wake_up_interruptible(&fifo_space);
	return ret;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int len;

	spin_lock(&fifo_lock);
	len = kfifo_len(&fifo);
	spin_unlock(&fifo_lock);
	return sysfs_emit(buf, "%u\n", len);
}

static struct kobj_attribute size_attribute = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);
static struct attribute *fifo_attrs[] = {
	&size_attribute.attr,
	&count_attribute.attr,
	NULL,
};
static struct attribute_group fifo_group = {
	.attrs = fifo_attrs,
};

static dev_t fifo_dev;
static struct cdev *fifo_cdev;
static struct class *fifo_class;
static struct kobject *fifo_kobj;

static int __init fifo_init(void)
{
	struct device *device;
	int ret;

	fifo_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!fifo_kobj)
		return -ENOMEM;
	ret = sysfs_create_group(fifo_kobj, &fifo_group);
	if (ret)
		goto put;

	ret = alloc_chrdev_region(&fifo_dev, 0, 1, "asee_mod");
	if (ret)
		goto put;

	fifo_cdev = cdev_alloc();
	if (!fifo_cdev) {
		ret = -ENOMEM;
		goto region;
	}
	fifo_cdev->ops = &fifo_fops;
	fifo_cdev->owner = THIS_MODULE;
	ret = cdev_add(fifo_cdev, fifo_dev, 1);
	if (ret)
		goto cdev;

	fifo_class = class_create("asee_mod");
	if (IS_ERR(fifo_class)) {
		ret = PTR_ERR(fifo_class);
		goto cdev;
	}
	device = device_create(fifo_class, NULL, fifo_dev, NULL, "asee_mod");
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto class;
	}
	return 0;

class:
	class_destroy(fifo_class);
cdev:
	cdev_del(fifo_cdev);
region:
	unregister_chrdev_region(fifo_dev, 1);
put:
	kobject_put(fifo_kobj);
	return ret;
}

static void __exit fifo_exit(void)
{
	device_destroy(fifo_class, fifo_dev);
	class_destroy(fifo_class);
	cdev_del(fifo_cdev);
	unregister_chrdev_region(fifo_dev, 1);
	kobject_put(fifo_kobj);
}

module_init(fifo_init);
module_exit(fifo_exit);
MODULE_LICENSE("GPL");
