/*
 * TP3 ASEE. D'apres un tutoriel trouve sur le web (noyau 2.6) pour la partie bloquante.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(lecteurs);
static DECLARE_WAIT_QUEUE_HEAD(ecrivains);
static DEFINE_SPINLOCK(verrou);
static char buf[4096];
static unsigned int taille = 16, debut, nb;

static int majeur;
static struct class *classe;
static struct kobject *kobj;

static ssize_t asee_read(struct file *f, char __user *u, size_t len, loff_t *off)
{
	char c;

	if (len == 0)
		return 0;
	spin_lock(&verrou);
	while (nb == 0) {
		spin_unlock(&verrou);
		interruptible_sleep_on(&lecteurs);
		if (signal_pending(current))
			return -ERESTARTSYS;
		spin_lock(&verrou);
	}
	c = buf[debut];
	debut = (debut + 1) % taille;
	nb--;
	spin_unlock(&verrou);
	wake_up_interruptible(&ecrivains);
	return put_user(c, u) ? -EFAULT : 1;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	char c;

	if (len == 0)
		return 0;
	if (get_user(c, u))
		return -EFAULT;
	spin_lock(&verrou);
	while (nb == taille) {
		spin_unlock(&verrou);
		interruptible_sleep_on(&ecrivains);
		if (signal_pending(current))
			return -ERESTARTSYS;
		spin_lock(&verrou);
	}
	buf[(debut + nb) % taille] = c;
	nb++;
	spin_unlock(&verrou);
	wake_up_interruptible(&lecteurs);
	return 1;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%u\n", taille);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	unsigned int t, i;
	static char tmp[4096];

	if (kstrtouint(b, 10, &t) || t < 1 || t > sizeof(buf))
		return -EINVAL;
	spin_lock(&verrou);
	if (t < nb) {
		spin_unlock(&verrou);
		return -EINVAL;
	}
	for (i = 0; i < nb; i++)
		tmp[i] = buf[(debut + i) % taille];
	memcpy(buf, tmp, nb);
	debut = 0;
	taille = t;
	spin_unlock(&verrou);
	wake_up_interruptible(&ecrivains);
	return n;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%u\n", nb);
}

static struct kobj_attribute a_size = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute a_count = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int __init asee_init(void)
{
	majeur = register_chrdev(0, "asee_mod", &fops);
	if (majeur < 0)
		return majeur;
	classe = class_create("asee_mod");
	device_create(classe, NULL, MKDEV(majeur, 0), NULL, "asee_mod");
	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj || sysfs_create_file(kobj, &a_size.attr) || sysfs_create_file(kobj, &a_count.attr))
		pr_err("asee_mod: pas de sysfs\n");
	return 0;
}

static void __exit asee_exit(void)
{
	kobject_put(kobj);
	device_destroy(classe, MKDEV(majeur, 0));
	class_destroy(classe);
	unregister_chrdev(majeur, "asee_mod");
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
