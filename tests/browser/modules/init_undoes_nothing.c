// SPDX-License-Identifier: GPL-2.0
/* TP1 : un tampon circulaire de 16 caracteres. */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#define NOM "asee_mod"
#define TAILLE 16

static dev_t numero;
static struct cdev canal;
static struct class *classe;
static DEFINE_MUTEX(verrou);
static char tampon[TAILLE];
static unsigned int debut, nombre;

static ssize_t lire(struct file *f, char __user *vers, size_t demande, loff_t *pos)
{
	size_t rendu = 0;

	if (mutex_lock_interruptible(&verrou))
		return -ERESTARTSYS;
	while (rendu < demande && nombre) {
		if (put_user(tampon[debut], vers + rendu)) {
			mutex_unlock(&verrou);
			return rendu ? rendu : -EFAULT;
		}
		debut = (debut + 1) % TAILLE;
		nombre--;
		rendu++;
	}
	mutex_unlock(&verrou);
	return rendu;
}

static ssize_t ecrire(struct file *f, const char __user *de, size_t demande, loff_t *pos)
{
	size_t pris;
	char c;

	if (mutex_lock_interruptible(&verrou))
		return -ERESTARTSYS;
	for (pris = 0; pris < demande; pris++) {
		if (get_user(c, de + pris)) {
			mutex_unlock(&verrou);
			return pris ? pris : -EFAULT;
		}
		tampon[(debut + nombre) % TAILLE] = c;
		if (nombre < TAILLE)
			nombre++;
		else
			debut = (debut + 1) % TAILLE;
	}
	mutex_unlock(&verrou);
	return demande;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.read = lire,
	.write = ecrire,
};

static int __init debut_module(void)
{
	struct device *noeud;
	int ret;

	ret = alloc_chrdev_region(&numero, 0, 1, NOM);
	if (ret)
		return ret;
	cdev_init(&canal, &operations);
	ret = cdev_add(&canal, numero, 1);
	if (ret)
		return ret;
	classe = class_create(NOM);
	if (IS_ERR(classe))
		return PTR_ERR(classe);
	noeud = device_create(classe, NULL, numero, NULL, NOM);
	if (IS_ERR(noeud))
		return PTR_ERR(noeud);
	pr_info("asee_mod: pret\n");
	return 0;
}

static void __exit fin_module(void)
{
	device_destroy(classe, numero);
	class_destroy(classe);
	cdev_del(&canal);
	unregister_chrdev_region(numero, 1);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");
