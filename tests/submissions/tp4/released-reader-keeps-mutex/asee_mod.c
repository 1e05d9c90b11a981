#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/init.h>
#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/miscdevice.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/mutex.h>
#include <linux/semaphore.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/swait.h>
#include <linux/completion.h>
#include <linux/kfifo.h>
#include <linux/freezer.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/workqueue.h>
#include <linux/list.h>
#include <asm/hw_irq.h>
#include <asm/io.h>

#define IRQ_NO 11

MODULE_LICENSE("GPL");
MODULE_AUTHOR("Etudiant");
MODULE_DESCRIPTION("asee_mod");

static char *buf;
static int asee_buf_size = 16, asee_buf_count, head;
static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(rq);
static DECLARE_WAIT_QUEUE_HEAD(wq);
static atomic_t irq_gen = ATOMIC_INIT(0); /* how many interrupts so far */

static irqreturn_t irq_handler(int irq, void *id)
{
	atomic_inc(&irq_gen);
	wake_up_interruptible(&rq);
	wake_up_interruptible(&wq);
	return IRQ_HANDLED;
}

static ssize_t dev_read(struct file *f, char __user *u, size_t len, loff_t *off)
{
	int n, k, gen;

	if (!len)
		return 0;
	gen = atomic_read(&irq_gen);
	mutex_lock(&lock);
	while (!asee_buf_count) {
		mutex_unlock(&lock);
		if (wait_event_interruptible(rq, asee_buf_count > 0 || atomic_read(&irq_gen) != gen))
			return -ERESTARTSYS;
		mutex_lock(&lock);
		if (atomic_read(&irq_gen) != gen)
			return -EIO;
	}
	n = min_t(size_t, len, asee_buf_count);
	k = min(n, asee_buf_size - head);
	if (copy_to_user(u, buf + head, k) || copy_to_user(u + k, buf, n - k)) {
		mutex_unlock(&lock);
		return -EFAULT;
	}
	head = (head + n) % asee_buf_size;
	asee_buf_count -= n;
	mutex_unlock(&lock);
	wake_up_interruptible(&wq);
	return n;
}
static ssize_t dev_write(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	int gen;
	size_t done = 0;

	gen = atomic_read(&irq_gen);
	while (done < len) {
		int n, end;

		mutex_lock(&lock);
		while (asee_buf_count == asee_buf_size) {
			mutex_unlock(&lock);
			if (wait_event_interruptible(wq, asee_buf_count < asee_buf_size || atomic_read(&irq_gen) != gen))
				return done ? done : -ERESTARTSYS;
			if (atomic_read(&irq_gen) != gen)
				return done ? done : -EIO;
			mutex_lock(&lock);
		}
		end = (head + asee_buf_count) % asee_buf_size;
		n = min_t(size_t, len - done, min(asee_buf_size - asee_buf_count, asee_buf_size - end));
		if (copy_from_user(buf + end, u + done, n)) {
			mutex_unlock(&lock);
			return done ? done : -EFAULT;
		}
		asee_buf_count += n;
		done += n;
		mutex_unlock(&lock);
		wake_up_interruptible(&rq);
	}
	return done;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sprintf(page, "%d\n", asee_buf_count);
}
static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sprintf(page, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *page, size_t len)
{
	int v, i;
	char *nb;

	if (kstrtoint(page, 10, &v) || v <= 0 || v > 65536)
		return -EINVAL;
	nb = kmalloc(v, GFP_KERNEL);
	if (!nb)
		return -ENOMEM;
	mutex_lock(&lock);
	if (v < asee_buf_count) {
		mutex_unlock(&lock);
		kfree(nb);
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		nb[i] = buf[(head + i) % asee_buf_size];
	swap(buf, nb);
	head = 0;
	asee_buf_size = v;
	mutex_unlock(&lock);
	kfree(nb);
	wake_up_interruptible(&wq);
	return len;
}

static ssize_t irq_store(struct kobject *k, struct kobj_attribute *a, const char *page, size_t len)
{
	asm volatile("int $0x3B"); /* vector of IRQ 11 */
	return len;
}
static struct kobj_attribute irq_attribute = __ATTR(asee_irq, 0220, NULL, irq_store);

static int core_init(void)
{
	int r;

	buf = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	r = request_irq(IRQ_NO, irq_handler, IRQF_SHARED, "asee_mod", (void *)irq_handler);
	if (r) {
		pr_err("asee_mod: cannot register IRQ %d\n", IRQ_NO);
		kfree(buf);
	}
	return r;
}
static void core_exit(void)
{
	free_irq(IRQ_NO, (void *)irq_handler);
	kfree(buf);
}

static const struct file_operations fops = { .owner = THIS_MODULE, .read = dev_read, .write = dev_write };

static struct kobject *asee_kobj;
static struct kobj_attribute size_attribute = __ATTR(asee_buf_size, 0664, size_show, size_store);
static struct kobj_attribute count_attribute = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int asee_sysfs_init(void)
{
	int err;

	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj)
		return -ENOMEM;
	err = sysfs_create_file(asee_kobj, &size_attribute.attr);
	if (!err)
		err = sysfs_create_file(asee_kobj, &count_attribute.attr);
	if (!err)
		err = sysfs_create_file(asee_kobj, &irq_attribute.attr);
	if (err)
		kobject_put(asee_kobj);
	return err;
}
static void asee_sysfs_exit(void) { kobject_put(asee_kobj); }

static int major;
static struct class *cls;

static int __init asee_init(void)
{
	struct device *dv;
	int err = core_init();

	if (err)
		return err;
	major = register_chrdev(0, "asee_mod", &fops);
	if (major < 0) {
		pr_alert("Registering char device failed with %d\n", major);
		core_exit();
		return major;
	}
	cls = class_create("asee_mod");
	if (IS_ERR(cls)) { err = PTR_ERR(cls); goto bad1; }
	dv = device_create(cls, NULL, MKDEV(major, 0), NULL, "asee_mod");
	if (IS_ERR(dv)) { err = PTR_ERR(dv); goto bad2; }
	err = asee_sysfs_init();
	if (err)
		goto bad3;
	pr_info("Device created on /dev/asee_mod\n");
	return 0;
bad3:
	device_destroy(cls, MKDEV(major, 0));
bad2:
	class_destroy(cls);
bad1:
	unregister_chrdev(major, "asee_mod");
	core_exit();
	return err;
}

static void __exit asee_exit(void)
{
	asee_sysfs_exit();
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, "asee_mod");
	core_exit();
}
module_init(asee_init);
module_exit(asee_exit);
