#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#define DEVICE_NAME "asee_mod"
#define TAILLE 16

static int major;
static struct class *cls;

static char donnees[TAILLE];
static int debut, fin, nombre;

static ssize_t lire(struct file *fichier, char __user *vers, size_t combien, loff_t *ou)
{
	int n = 0;

	/* deuxieme appel de cat : c'est fini */
	if (*ou > 0) {
		*ou = 0;
		return 0;
	}

	while (n < nombre && n < combien) {
		if (put_user(donnees[(debut + n) % TAILLE], vers + n))
			return -EFAULT;
		n++;
	}
	*ou += n;
	return n;
}

static ssize_t ecrire(struct file *fichier, const char __user *depuis, size_t combien, loff_t *ou)
{
	int n;
	char c;

	for (n = 0; n < combien; n++) {
		if (get_user(c, depuis + n))
			return -EFAULT;
		if (n == combien - 1 && c == '\n')
			return combien;
		donnees[fin] = c;
		fin = (fin + 1) % TAILLE;
		nombre++;
		if (nombre > TAILLE) {
			nombre = TAILLE;
			debut = fin;
		}
	}
	return combien;
}

static struct file_operations operations = {
	.owner = THIS_MODULE,
	.read = lire,
	.write = ecrire,
};

static int __init debut_module(void)
{
	major = register_chrdev(0, DEVICE_NAME, &operations);
	if (major < 0)
		return major;
	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	printk(KERN_INFO "asee_mod: majeur %d\n", major);
	return 0;
}

static void __exit fin_module(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");
