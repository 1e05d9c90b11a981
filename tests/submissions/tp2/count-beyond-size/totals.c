/*
 * Deux totaux : combien de caractères ont été écrits, combien ont été lus (ou perdus).
 * Ce qui a été écrasé n'est retiré qu'à la lecture.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(mtx);
static char *tampon;
static unsigned long taille = 16;
static unsigned long ecrits, lus;

static int major;
static struct class *classe;
static struct kobject *noyau;

/* le plus ancien qui n'a pas été écrasé */
static unsigned long plus_ancien(void)
{
	return ecrits - lus > taille ? ecrits - taille : lus;
}

static ssize_t lire(struct file *f, char __user *u, size_t len, loff_t *off)
{
	size_t i;

	mutex_lock(&mtx);
	lus = plus_ancien();
	for (i = 0; i < len && lus < ecrits; i++, lus++) {
		if (put_user(tampon[lus % taille], u + i)) {
			mutex_unlock(&mtx);
			return -EFAULT;
		}
	}
	mutex_unlock(&mtx);
	return i;
}

static ssize_t ecrire(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	size_t i;
	char c;

	mutex_lock(&mtx);
	for (i = 0; i < len; i++) {
		if (get_user(c, u + i)) {
			mutex_unlock(&mtx);
			return -EFAULT;
		}
		if (i < len - 1 || c != '\n')
			tampon[ecrits++ % taille] = c;
	}
	mutex_unlock(&mtx);
	return len;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = lire,
	.write = ecrire,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%lu\n", taille);
}

static int changer(unsigned long nouvelle)
{
	unsigned long debut = plus_ancien(), n = ecrits - debut, i;
	char *autre;

	if (nouvelle < n) {
		pr_err("asee_mod : %lu caractères, taille %lu refusée\n", n, nouvelle);
		return -EINVAL;
	}
	autre = kmalloc(nouvelle, GFP_KERNEL);
	if (!autre)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		autre[i] = tampon[(debut + i) % taille];
	kfree(tampon);
	tampon = autre;
	taille = nouvelle;
	lus = 0;
	ecrits = n;
	return 0;
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t len)
{
	unsigned long nouvelle;
	int err = kstrtoul(buf, 10, &nouvelle);

	if (err)
		return err;
	if (nouvelle < 1 || nouvelle > 32768)
		return -EINVAL;
	mutex_lock(&mtx);
	err = changer(nouvelle);
	mutex_unlock(&mtx);
	return err ? err : len;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%lu\n", ecrits - lus);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static struct attribute *attributs[] = { &size_attr.attr, &count_attr.attr, NULL };
static struct attribute_group groupe = { .attrs = attributs };

static int __init debut_module(void)
{
	tampon = kmalloc(taille, GFP_KERNEL);
	if (!tampon)
		return -ENOMEM;
	major = register_chrdev(0, "asee_mod", &fops);
	if (major < 0) {
		kfree(tampon);
		return major;
	}
	classe = class_create("asee_mod");
	device_create(classe, NULL, MKDEV(major, 0), NULL, "asee_mod");
	noyau = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!noyau || sysfs_create_group(noyau, &groupe))
		pr_err("asee_mod : sysfs a échoué\n");
	return 0;
}

static void __exit fin_module(void)
{
	kobject_put(noyau);
	device_destroy(classe, MKDEV(major, 0));
	class_destroy(classe);
	unregister_chrdev(major, "asee_mod");
	kfree(tampon);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");
