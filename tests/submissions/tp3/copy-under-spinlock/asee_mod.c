/* ASEE TP3: kfifo + spinlock + two wait queues */
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

#define BUFFER_MAX 4096

static DEFINE_KFIFO(buffer, unsigned char, BUFFER_MAX);
static unsigned int asee_buf_size = 16;
static DEFINE_SPINLOCK(lock);	/* buffer and asee_buf_size */

static DECLARE_WAIT_QUEUE_HEAD(read_queue);
static DECLARE_WAIT_QUEUE_HEAD(write_queue);

static bool has_data(void)
{
	bool yes;

	spin_lock(&lock);
	yes = !kfifo_is_empty(&buffer);
	spin_unlock(&lock);
	return yes;
}

static bool has_space(void)
{
	bool yes;

	spin_lock(&lock);
	yes = kfifo_len(&buffer) < asee_buf_size;
	spin_unlock(&lock);
	return yes;
}

static ssize_t asee_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	unsigned int n;
	int ret;

	if (count == 0)
		return 0;
	do {
		if (wait_event_interruptible(read_queue, has_data()))
			return -ERESTARTSYS;
		spin_lock(&lock);
		ret = kfifo_to_user(&buffer, buf, count, &n);
		spin_unlock(&lock);
		wake_up_interruptible(&write_queue);
		if (ret)
			return ret;
	} while (n == 0);

	return n;
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	unsigned char tmp[256];
	unsigned int n;

	if (count == 0)
		return 0;
	count = min(count, sizeof(tmp));
	if (copy_from_user(tmp, buf, count))
		return -EFAULT;
	do {
		if (wait_event_interruptible(write_queue, has_space()))
			return -ERESTARTSYS;
		spin_lock(&lock);
		n = kfifo_in(&buffer, tmp, min_t(unsigned int, count, asee_buf_size - kfifo_len(&buffer)));
		spin_unlock(&lock);
	} while (n == 0);

	wake_up_interruptible(&read_queue);
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
	.llseek = noop_llseek,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	unsigned int wanted;
	ssize_t ret;

	ret = kstrtouint(buf, 0, &wanted);
	if (ret)
		return ret;
	if (wanted < 1 || wanted > BUFFER_MAX)
		return -EINVAL;

	spin_lock(&lock);
	if (wanted < kfifo_len(&buffer)) {
		ret = -EINVAL;
	} else {
		asee_buf_size = wanted;
		ret = count;
	}
	spin_unlock(&lock);

	if (ret < 0)
		pr_err("buffer: %u bytes do not hold what is inside\n", wanted);
	else
		wake_up_interruptible(&write_queue);
	return ret;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int len;

	spin_lock(&lock);
	len = kfifo_len(&buffer);
	spin_unlock(&lock);
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

static int __init asee_init(void)
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
	fifo_cdev->ops = &asee_fops;
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

static void __exit asee_exit(void)
{
	device_destroy(fifo_class, fifo_dev);
	class_destroy(fifo_class);
	cdev_del(fifo_cdev);
	unregister_chrdev_region(fifo_dev, 1);
	kobject_put(fifo_kobj);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
