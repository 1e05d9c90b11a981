/* tableau fixe de 4096, memmove, taille = simple variable */
#include <linux/module.h>
#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/uaccess.h>
#include <linux/string.h>
#define MAXI 4096
static char tampon[MAXI + 1]; static long taille = 16, nombre; static int lectures, ecritures;
static dev_t num; static struct cdev cd; static struct class *cl; static struct kobject *dossier;
static ssize_t montrer(struct kobject *k, struct kobj_attribute *a, char *b)
{
	if (!strcmp(a->attr.name, "asee_buf_size")) return sprintf(b, "%ld\n", taille);
	if (!strcmp(a->attr.name, "asee_buf_count")) return sprintf(b, "%ld\n", nombre);
	return sprintf(b, "%d %d\n", lectures, ecritures);
}
static ssize_t changer(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	long v;
	if (kstrtol(b, 10, &v)) { pr_err("pas un nombre : %s", b); return -EINVAL; }
	if (v > MAXI || v < 1) return -EINVAL;
	if (v < nombre) { pr_err("taille %ld < %ld caracteres\n", v, nombre); return -EPERM; }
	taille = v;
	return n;
}
static struct kobj_attribute at[] = {
	__ATTR(asee_buf_size, S_IRUGO | S_IWUSR, montrer, changer),
	__ATTR(asee_buf_count, S_IRUGO, montrer, NULL),
	__ATTR(asee_debug, S_IRUGO, montrer, NULL),
};
static ssize_t lire(struct file *f, char __user *u, size_t n, loff_t *o)
{
	lectures++;
	n = min3(n, (size_t)nombre, (size_t)1);
	if (n && copy_to_user(u, tampon, n)) return -EFAULT;
	nombre -= n;
	memmove(tampon, tampon + n, nombre);
	return n;
}
static ssize_t ecrire(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t total = n, saute = 0;
	ecritures++;
	if (n > taille) { saute = n - taille; n = taille; }
	if (nombre + n > taille) {
		long d = nombre + n - taille;
		nombre -= d;
		memmove(tampon, tampon + d, nombre);
	}
	if (copy_from_user(tampon + nombre, u + saute, n)) return -EFAULT;
	nombre += n;
	return total;
}
static struct file_operations fo = { .owner = THIS_MODULE, .read = lire, .write = ecrire };
static int __init deb(void)
{
	int i;
	alloc_chrdev_region(&num, 0, 1, "asee_mod"); cdev_init(&cd, &fo); cdev_add(&cd, num, 1);
	cl = class_create("asee"); device_create(cl, NULL, num, NULL, "asee_mod");
	dossier = kobject_create_and_add("asee_mod", kernel_kobj);
	for (i = 0; i < 3; i++) if (sysfs_create_file(dossier, &at[i].attr)) pr_err("sysfs\n");
	return 0;
}
static void __exit fin(void)
{
	int i;
	for (i = 0; i < 3; i++) sysfs_remove_file(dossier, &at[i].attr);
	kobject_del(dossier); kobject_put(dossier);
	device_destroy(cl, num); class_destroy(cl); cdev_del(&cd); unregister_chrdev_region(num, 1);
}
module_init(deb); module_exit(fin); MODULE_LICENSE("GPL");
