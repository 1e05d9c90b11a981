/*
 * TP2
 * The attributes belong to the device, so the driver core makes and removes them.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define MAX_SIZE 8192

struct asee {
	struct mutex lock;
	char *data;
	int size, start, count;
};

static struct asee asee = {
	.lock = __MUTEX_INITIALIZER(asee.lock),
	.size = 16,
};

static dev_t devno;
static struct cdev cdev;
static struct class *cls;

static ssize_t asee_buf_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", asee.size);
}

static ssize_t asee_buf_size_store(struct device *dev, struct device_attribute *attr,
				   const char *buf, size_t len)
{
	int size, ret, i;
	char *data;

	ret = kstrtoint(buf, 10, &size);
	if (ret)
		return ret;
	if (size < 1 || size > MAX_SIZE)
		return -EINVAL;

	data = kmalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	mutex_lock(&asee.lock);
	if (asee.count > size) {
		mutex_unlock(&asee.lock);
		kfree(data);
		pr_err("asee_mod: %d is too small\n", size);
		return -EINVAL;
	}
	for (i = 0; i < asee.count; i++)
		data[i] = asee.data[(asee.start + i) % asee.size];
	swap(asee.data, data);
	asee.size = size;
	asee.start = 0;
	mutex_unlock(&asee.lock);
	kfree(data);
	return len;
}
static DEVICE_ATTR_RW(asee_buf_size);

static ssize_t asee_buf_count_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", asee.count);
}
static DEVICE_ATTR_RO(asee_buf_count);

static struct attribute *asee_attrs[] = {
	&dev_attr_asee_buf_size.attr,
	&dev_attr_asee_buf_count.attr,
	NULL,
};
ATTRIBUTE_GROUPS(asee);

static ssize_t asee_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	size_t n;

	mutex_lock(&asee.lock);
	for (n = 0; n < len && asee.count; n++) {
		if (put_user(asee.data[asee.start], buf + n)) {
			mutex_unlock(&asee.lock);
			return -EFAULT;
		}
		asee.start = (asee.start + 1) % asee.size;
		asee.count--;
	}
	mutex_unlock(&asee.lock);
	return n;
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	size_t n;
	char c;

	mutex_lock(&asee.lock);
	for (n = 0; n < len; n++) {
		if (get_user(c, buf + n)) {
			mutex_unlock(&asee.lock);
			return -EFAULT;
		}
		if (asee.count == asee.size) {
			asee.start = (asee.start + 1) % asee.size;
			asee.count--;
		}
		asee.data[(asee.start + asee.count++) % asee.size] = c;
	}
	mutex_unlock(&asee.lock);
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	struct device *dev;
	int ret;

	asee.data = kmalloc(asee.size, GFP_KERNEL);
	if (!asee.data)
		return -ENOMEM;
	ret = alloc_chrdev_region(&devno, 0, 1, "asee_mod");
	if (ret)
		goto free;
	cdev_init(&cdev, &asee_fops);
	ret = cdev_add(&cdev, devno, 1);
	if (ret)
		goto region;
	cls = class_create("asee_mod");
	if (IS_ERR(cls)) {
		ret = PTR_ERR(cls);
		goto del;
	}
	dev = device_create_with_groups(cls, NULL, devno, NULL, asee_groups, "asee_mod");
	if (IS_ERR(dev)) {
		ret = PTR_ERR(dev);
		goto destroy;
	}
	return 0;

destroy:
	class_destroy(cls);
del:
	cdev_del(&cdev);
region:
	unregister_chrdev_region(devno, 1);
free:
	kfree(asee.data);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(cls, devno);
	class_destroy(cls);
	cdev_del(&cdev);
	unregister_chrdev_region(devno, 1);
	kfree(asee.data);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
