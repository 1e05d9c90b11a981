/*
 * chardev.c: TP4. The book's chardev (6.5) as it has become: sysfs (8), wait queues (11),
 * a mutex (12) and now an interrupt (15).
 */
#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEVICE_NAME "asee_mod"
#define BUF_LEN 16
#define BUF_MAX 4096
#define IRQ_NO 11

static int major;
static struct class *cls;
static struct kobject *asee_kobj;
static int have_irq;

static char *msg;
static int asee_buf_size = BUF_LEN;
static int asee_buf_count;
static int first;

static DEFINE_MUTEX(asee_mutex);
static DECLARE_WAIT_QUEUE_HEAD(read_queue);
static DECLARE_WAIT_QUEUE_HEAD(write_queue);

/* So many interrupts so far. Whoever sees it change while asleep gives up. */
static atomic_t irq_count = ATOMIC_INIT(0);

static irqreturn_t irq_handler(int irq, void *dev_id)
{
	atomic_inc(&irq_count);
	wake_up_interruptible_all(&read_queue);
	wake_up_interruptible_all(&write_queue);
	return IRQ_HANDLED;
}

static ssize_t device_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	int before = atomic_read(&irq_count);
	int bytes_read = 0;

	if (length == 0)
		return 0;

	mutex_lock(&asee_mutex);
	while (asee_buf_count == 0) {
		mutex_unlock(&asee_mutex);
		if (wait_event_interruptible(read_queue,
					     asee_buf_count > 0 ||
					     atomic_read(&irq_count) != before))
			return -ERESTARTSYS;
		if (atomic_read(&irq_count) != before)
			return -EIO;
		mutex_lock(&asee_mutex);
	}
	while (length && asee_buf_count) {
		if (put_user(msg[first], buffer)) {
			if (bytes_read == 0)
				bytes_read = -EFAULT;
			break;
		}
		first = (first + 1) % asee_buf_size;
		asee_buf_count--;
		buffer++;
		length--;
		bytes_read++;
	}
	mutex_unlock(&asee_mutex);
	wake_up_interruptible(&write_queue);

	return bytes_read;
}

static ssize_t device_write(struct file *filp, const char __user *buffer, size_t length,
			    loff_t *offset)
{
	int before = atomic_read(&irq_count);
	size_t written = 0;
	char c;

	while (written < length) {
		if (get_user(c, buffer + written))
			return written ? written : -EFAULT;

		mutex_lock(&asee_mutex);
		while (asee_buf_count == asee_buf_size) {
			mutex_unlock(&asee_mutex);
			if (wait_event_interruptible(write_queue,
						     asee_buf_count < asee_buf_size ||
						     atomic_read(&irq_count) != before))
				return written ? written : -ERESTARTSYS;
			if (atomic_read(&irq_count) != before)
				return written ? written : -EIO;
			mutex_lock(&asee_mutex);
		}
		msg[(first + asee_buf_count) % asee_buf_size] = c;
		asee_buf_count++;
		mutex_unlock(&asee_mutex);

		written++;
		wake_up_interruptible(&read_queue);
	}
	return written;
}

static struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.read = device_read,
	.write = device_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	char *bigger;
	int wanted;
	int i;

	if (kstrtoint(buf, 10, &wanted))
		return -EINVAL;
	if (wanted < 1 || wanted > BUF_MAX)
		return -EINVAL;
	bigger = kmalloc(wanted, GFP_KERNEL);
	if (!bigger)
		return -ENOMEM;

	mutex_lock(&asee_mutex);
	if (wanted < asee_buf_count) {
		mutex_unlock(&asee_mutex);
		kfree(bigger);
		pr_err("asee_mod: %d is less than what is stored\n", wanted);
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		bigger[i] = msg[(first + i) % asee_buf_size];
	kfree(msg);
	msg = bigger;
	first = 0;
	asee_buf_size = wanted;
	mutex_unlock(&asee_mutex);

	wake_up_interruptible(&write_queue);
	return count;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

static ssize_t irq_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count)
{
	asm("int $0x3B"); /* corresponding to irq 11 */
	return count;
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0660, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0440, count_show, NULL);
static struct kobj_attribute irq_attr = __ATTR(asee_irq, 0220, NULL, irq_store);

static struct attribute *asee_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	&irq_attr.attr,
	NULL,
};

static struct attribute_group asee_group = {
	.attrs = asee_attrs,
};

static int __init chardev_init(void)
{
	struct device *dev;
	int ret;

	msg = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	/* the line may belong to somebody else as well */
	ret = request_irq(IRQ_NO, irq_handler, IRQF_SHARED, DEVICE_NAME, NULL);
	if (ret)
		pr_err("asee_mod: cannot register IRQ %d\n", IRQ_NO);
	else
		have_irq = 1;

	major = register_chrdev(0, DEVICE_NAME, &chardev_fops);
	if (major < 0) {
		pr_alert("Registering char device failed with %d\n", major);
		ret = major;
		goto irq;
	}

	cls = class_create(DEVICE_NAME);
	if (IS_ERR(cls)) {
		ret = PTR_ERR(cls);
		goto chrdev;
	}
	dev = device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	if (IS_ERR(dev)) {
		ret = PTR_ERR(dev);
		goto class;
	}

	ret = -ENOMEM;
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj)
		goto device;
	ret = sysfs_create_group(asee_kobj, &asee_group);
	if (ret)
		goto kobj;

	pr_info("Device created on /dev/%s\n", DEVICE_NAME);
	return 0;

kobj:
	kobject_put(asee_kobj);
device:
	device_destroy(cls, MKDEV(major, 0));
class:
	class_destroy(cls);
chrdev:
	unregister_chrdev(major, DEVICE_NAME);
irq:
	if (have_irq)
		free_irq(IRQ_NO, NULL);
	kfree(msg);
	return ret;
}

static void __exit chardev_exit(void)
{
	kobject_put(asee_kobj);
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
	if (have_irq)
		free_irq(IRQ_NO, NULL);
	kfree(msg);
}

module_init(chardev_init);
module_exit(chardev_exit);

MODULE_LICENSE("GPL");
