#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define SIZE_MAX_ALLOWED 65536
#define CHUNK 64

static struct {
	spinlock_t lock;	/* all that follows, up to count */
	char *buf;
	unsigned int size;
	unsigned int start;
	unsigned int count;
	wait_queue_head_t readers, writers;
	dev_t devt;
	struct cdev cdev;
	struct class *class;
	struct kobject *kobj;
} dev;

static ssize_t dev_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	char *kbuf;
	size_t n;

	if (len > CHUNK)
		len = CHUNK;
	if (len == 0)
		return 0;

again:
	if (wait_event_interruptible(dev.readers, READ_ONCE(dev.count) != 0))
		return -ERESTARTSYS;

	spin_lock(&dev.lock);
	kbuf = kmalloc(len, GFP_KERNEL);
	if (!kbuf) {
		spin_unlock(&dev.lock);
		return -ENOMEM;
	}
	for (n = 0; n < len && dev.count; n++) {
		kbuf[n] = dev.buf[dev.start];
		dev.start = (dev.start + 1) % dev.size;
		dev.count--;
	}
	if (n)
		wake_up_interruptible(&dev.writers);
	spin_unlock(&dev.lock);

	if (n == 0) {
		kfree(kbuf);
		goto again;	/* another reader was faster */
	}
	/* not with the lock held: user memory may sleep */
	if (copy_to_user(ubuf, kbuf, n)) {
		kfree(kbuf);
		return -EFAULT;
	}
	kfree(kbuf);
	return n;
}

/* Like a pipe in non-atomic mode: at least one byte, then what fits. The caller writes the rest. */
static ssize_t dev_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	char kbuf[CHUNK];
	size_t n;

	if (len > CHUNK)
		len = CHUNK;
	if (len == 0)
		return 0;
	if (copy_from_user(kbuf, ubuf, len))
		return -EFAULT;

again:
	if (wait_event_interruptible(dev.writers, READ_ONCE(dev.count) < READ_ONCE(dev.size)))
		return -ERESTARTSYS;

	spin_lock(&dev.lock);
	for (n = 0; n < len && dev.count < dev.size; n++) {
		dev.buf[(dev.start + dev.count) % dev.size] = kbuf[n];
		dev.count++;
	}
	if (n)
		wake_up_interruptible(&dev.readers);
	spin_unlock(&dev.lock);

	if (n == 0)
		goto again;
	return n;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.read = dev_read,
	.write = dev_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sprintf(out, "%u\n", dev.size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *in, size_t len)
{
	unsigned int size, i;
	char *buf;
	int ret;

	ret = kstrtouint(in, 10, &size);
	if (ret)
		return ret;
	if (size < 1 || size > SIZE_MAX_ALLOWED)
		return -EINVAL;

	/* may sleep, so before the lock */
	buf = kmalloc(size, GFP_KERNEL);
	if (buf == NULL)
		return -ENOMEM;

	spin_lock(&dev.lock);
	if (size < dev.count) {
		spin_unlock(&dev.lock);
		kfree(buf);
		pr_err("dev: size %u is below the count\n", size);
		return -EINVAL;
	}
	for (i = 0; i < dev.count; i++)
		buf[i] = dev.buf[(dev.start + i) % dev.size];
	swap(dev.buf, buf);
	dev.start = 0;
	dev.size = size;
	wake_up_interruptible(&dev.writers);
	spin_unlock(&dev.lock);

	kfree(buf);
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	unsigned int count;

	spin_lock(&dev.lock);
	count = dev.count;
	spin_unlock(&dev.lock);
	return sprintf(out, "%u\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static const struct attribute *asee_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL
};

static int __init dev_init(void)
{
	struct device *device;
	int ret = -ENOMEM;

	spin_lock_init(&dev.lock);
	init_waitqueue_head(&dev.readers);
	init_waitqueue_head(&dev.writers);
	dev.size = 16;
	dev.buf = kmalloc(dev.size, GFP_KERNEL);
	if (!dev.buf)
		return ret;

	dev.kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!dev.kobj)
		goto no_kobj;
	ret = sysfs_create_files(dev.kobj, asee_attrs);
	if (ret)
		goto no_region;

	ret = alloc_chrdev_region(&dev.devt, 0, 1, "asee_mod");
	if (ret)
		goto no_region;
	cdev_init(&dev.cdev, &dev_fops);
	ret = cdev_add(&dev.cdev, dev.devt, 1);
	if (ret)
		goto no_cdev;

	dev.class = class_create("asee_class");
	if (IS_ERR(dev.class)) {
		ret = PTR_ERR(dev.class);
		goto no_class;
	}
	device = device_create(dev.class, NULL, dev.devt, NULL, "asee_mod");
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto no_device;
	}
	return 0;

no_device:
	class_destroy(dev.class);
no_class:
	cdev_del(&dev.cdev);
no_cdev:
	unregister_chrdev_region(dev.devt, 1);
no_region:
	kobject_put(dev.kobj);
no_kobj:
	kfree(dev.buf);
	return ret;
}

static void __exit dev_exit(void)
{
	device_destroy(dev.class, dev.devt);
	class_destroy(dev.class);
	cdev_del(&dev.cdev);
	unregister_chrdev_region(dev.devt, 1);
	kobject_put(dev.kobj);
	kfree(dev.buf);
}

module_init(dev_init);
module_exit(dev_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP3");
