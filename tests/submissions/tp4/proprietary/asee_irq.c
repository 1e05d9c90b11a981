// SPDX-License-Identifier: GPL-2.0
/*
 * asee_mod, TP4.
 *
 * "int $0x3B" alone only printed "No irq handler for vector" on my machine: the vector table of the
 * processor has to be told first. https://embetronicx.com (part 13) uses irq_to_desc(), which is
 * no longer exported; irq_data_to_desc() gives the same.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <asm/hw_irq.h>

#define IRQ_NO 11
#define CH_MAX 4096

static dev_t dev = 0;
static struct class *dev_class;
static struct kobject *kobj_ref;

struct channel {
	struct mutex mutex;
	char data[CH_MAX];
	unsigned int size, count, in, out;
	unsigned int nirq;
	bool verbose;
	wait_queue_head_t wait;
};

static struct channel ch = {
	.mutex = __MUTEX_INITIALIZER(ch.mutex),
	.size = 16,
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(ch.wait),
};

static irqreturn_t irq_handler(int irq, void *dev_id)
{
	struct channel *c = dev_id;

	WRITE_ONCE(c->nirq, c->nirq + 1);
	wake_up_interruptible_all(&c->wait);
	return IRQ_HANDLED;
}

/*
 * Wait with the mutex held until there is something to read (or room to write), without the mutex
 * meanwhile. Returns 0 with the mutex held, or an error without it.
 */
static int channel_wait(bool reader, unsigned int nirq)
{
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait(&ch.wait, &wait, TASK_INTERRUPTIBLE);
		if (READ_ONCE(ch.nirq) != nirq)
			err = -ERESTARTSYS;
		else if (reader ? ch.count > 0 : ch.count < ch.size)
			break;
		else if (signal_pending(current))
			err = -ERESTARTSYS;
		mutex_unlock(&ch.mutex);
		if (err)
			break;
		schedule();
		mutex_lock(&ch.mutex);
	}
	finish_wait(&ch.wait, &wait);
	return err;
}

static ssize_t asee_read(struct file *filp, char __user *buf, size_t len, loff_t *off)
{
	unsigned int nirq = READ_ONCE(ch.nirq);
	ssize_t n = 0;
	int err;

	if (len == 0)
		return 0;
	mutex_lock(&ch.mutex);
	err = channel_wait(true, nirq);
	if (err)
		return err;
	while (n < len && ch.count) {
		if (put_user(ch.data[ch.out], buf + n)) {
			n = n ? n : -EFAULT;
			break;
		}
		ch.out = (ch.out + 1) % CH_MAX;
		ch.count--;
		n++;
	}
	mutex_unlock(&ch.mutex);
	wake_up_interruptible(&ch.wait);
	if (ch.verbose)
		pr_info("read: %zd\n", n);
	return n;
}

static ssize_t asee_write(struct file *filp, const char __user *buf, size_t len, loff_t *off)
{
	unsigned int nirq = READ_ONCE(ch.nirq);
	ssize_t n = 0;
	int err;
	char c;

	mutex_lock(&ch.mutex);
	while (n < len) {
		err = channel_wait(false, nirq);
		if (err)
			return n ? n : err;
		if (get_user(c, buf + n)) {
			n = n ? n : -EFAULT;
			break;
		}
		ch.data[ch.in] = c;
		ch.in = (ch.in + 1) % CH_MAX;
		ch.count++;
		n++;
		wake_up_interruptible(&ch.wait);
	}
	mutex_unlock(&ch.mutex);
	if (ch.verbose)
		pr_info("write: %zd\n", n);
	return n;
}

static struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%u", ch.size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t count)
{
	unsigned int size;
	int err = kstrtouint(buf, 10, &size);

	if (err)
		return err;
	mutex_lock(&ch.mutex);
	if (size == 0 || size > CH_MAX || size < ch.count) {
		pr_err("asee_mod: size %u refused\n", size);
		err = -EINVAL;
	} else {
		ch.size = size;
	}
	mutex_unlock(&ch.mutex);
	wake_up_interruptible(&ch.wait);
	return err ? err : count;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%u", ch.count);
}

static ssize_t verbose_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d", ch.verbose);
}

static ssize_t verbose_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			     size_t count)
{
	int err = kstrtobool(buf, &ch.verbose);

	return err ? err : count;
}

static ssize_t irq_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count)
{
	struct irq_desc *desc = irq_data_to_desc(irq_get_irq_data(IRQ_NO));

	if (!desc)
		return -EINVAL;
	/* the table and the int must be of the same processor */
	preempt_disable();
	__this_cpu_write(vector_irq[0x30 + IRQ_NO], desc);
	asm("int $0x3B");
	preempt_enable();
	return count;
}

static struct kobj_attribute a_size = __ATTR(asee_buf_size, 0660, size_show, size_store);
static struct kobj_attribute a_count = __ATTR(asee_buf_count, 0440, count_show, NULL);
static struct kobj_attribute a_verbose = __ATTR(asee_verbose, 0660, verbose_show, verbose_store);
static struct kobj_attribute a_irq = __ATTR(irq, 0200, NULL, irq_store);
static struct attribute *attrs[] = {
	&a_size.attr, &a_count.attr, &a_verbose.attr, &a_irq.attr, NULL,
};
static struct attribute_group attr_group = {
	.attrs = attrs,
};

static int __init asee_init(void)
{
	int major = register_chrdev(0, "asee_mod", &fops);

	if (major < 0)
		return major;
	dev = MKDEV(major, 0);

	if (request_irq(IRQ_NO, irq_handler, IRQF_SHARED, "asee_mod", &ch)) {
		pr_err("my_device: cannot register IRQ\n");
		goto r_chrdev;
	}
	dev_class = class_create("etx_class");
	if (IS_ERR(dev_class)) {
		pr_err("Cannot create the struct class\n");
		goto r_irq;
	}
	if (IS_ERR(device_create(dev_class, NULL, dev, NULL, "asee_mod"))) {
		pr_err("Cannot create the Device\n");
		goto r_class;
	}
	kobj_ref = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj_ref)
		goto r_device;
	if (sysfs_create_group(kobj_ref, &attr_group)) {
		pr_err("Cannot create sysfs files\n");
		goto r_sysfs;
	}
	return 0;

r_sysfs:
	kobject_put(kobj_ref);
r_device:
	device_destroy(dev_class, dev);
r_class:
	class_destroy(dev_class);
r_irq:
	free_irq(IRQ_NO, &ch);
r_chrdev:
	unregister_chrdev(MAJOR(dev), "asee_mod");
	return -1;
}

static void __exit asee_exit(void)
{
	sysfs_remove_group(kobj_ref, &attr_group);
	kobject_put(kobj_ref);
	free_irq(IRQ_NO, &ch);
	device_destroy(dev_class, dev);
	class_destroy(dev_class);
	unregister_chrdev(MAJOR(dev), "asee_mod");
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("Proprietary");
MODULE_DESCRIPTION("Interrupts with int instruction");
MODULE_VERSION("1.3");
