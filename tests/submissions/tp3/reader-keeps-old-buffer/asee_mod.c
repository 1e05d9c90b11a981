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

MODULE_LICENSE("GPL");
MODULE_AUTHOR("Etudiant");
MODULE_DESCRIPTION("asee_mod");

/* TP3 : un mutex et deux files d'attente ; on ne reveille que lorsque l'etat change (vide -> non vide, plein -> non plein) */
static char *buf;
static int asee_buf_size = 16;
static int asee_buf_count;
static int debut; /* indice du plus ancien caractere */
static DEFINE_MUTEX(verrou);
static DECLARE_WAIT_QUEUE_HEAD(file_lecteurs);
static DECLARE_WAIT_QUEUE_HEAD(file_ecrivains);

static ssize_t dev_read(struct file *f, char __user *u, size_t len, loff_t *off)
{
	int n, un, plein;
	char *b = buf;

	if (len == 0)
		return 0;
	if (mutex_lock_interruptible(&verrou))
		return -ERESTARTSYS;
	while (asee_buf_count == 0) {
		mutex_unlock(&verrou); /* ne pas dormir avec le verrou */
		if (wait_event_interruptible(file_lecteurs, asee_buf_count > 0))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&verrou))
			return -ERESTARTSYS;
	}
	n = min_t(size_t, len, asee_buf_count);
	un = min(n, asee_buf_size - debut);
	if (copy_to_user(u, b + debut, un) || copy_to_user(u + un, b, n - un)) {
		mutex_unlock(&verrou);
		return -EFAULT;
	}
	plein = (asee_buf_count == asee_buf_size);
	debut = (debut + n) % asee_buf_size;
	asee_buf_count -= n;
	mutex_unlock(&verrou);
	if (plein)
		wake_up_interruptible(&file_ecrivains);
	return n;
}

static ssize_t dev_write(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	int n, fin, un, vide;

	if (len == 0)
		return 0;
	if (mutex_lock_interruptible(&verrou))
		return -ERESTARTSYS;
	while (asee_buf_count == asee_buf_size) {
		mutex_unlock(&verrou);
		if (wait_event_interruptible(file_ecrivains, asee_buf_count < asee_buf_size))
			return -ERESTARTSYS;
		if (mutex_lock_interruptible(&verrou))
			return -ERESTARTSYS;
	}
	n = min_t(size_t, len, asee_buf_size - asee_buf_count);
	fin = (debut + asee_buf_count) % asee_buf_size;
	un = min(n, asee_buf_size - fin);
	if (copy_from_user(buf + fin, u, un) || copy_from_user(buf, u + un, n - un)) {
		mutex_unlock(&verrou);
		return -EFAULT;
	}
	vide = (asee_buf_count == 0);
	asee_buf_count += n;
	mutex_unlock(&verrou);
	if (vide)
		wake_up_interruptible(&file_lecteurs);
	return n;
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
	int v, i, err;
	char *nb;

	err = kstrtoint(page, 10, &v);
	if (err)
		return err;
	if (v <= 0 || v > 65536)
		return -EINVAL;
	nb = kmalloc(v, GFP_KERNEL);
	if (!nb)
		return -ENOMEM;
	mutex_lock(&verrou);
	if (v < asee_buf_count) {
		mutex_unlock(&verrou);
		kfree(nb);
		pr_err("taille trop petite : %d\n", v);
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		nb[i] = buf[(debut + i) % asee_buf_size];
	kfree(buf);
	buf = nb;
	debut = 0;
	asee_buf_size = v;
	mutex_unlock(&verrou);
	wake_up_interruptible(&file_ecrivains);
	return len;
}

static int core_init(void)
{
	buf = kmalloc(asee_buf_size, GFP_KERNEL);
	return buf ? 0 : -ENOMEM;
}
static void core_exit(void) { kfree(buf); }

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
