// SPDX-License-Identifier: GPL-2.0
/* ASEE, TP3 : lecteurs et ecrivains bloquants, un mutex pour tout le peripherique. */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct asee {
	char *donnees;
	int taille;
	int tete;	/* prochain a lire */
	int queue;	/* prochain a ecrire */
	int nombre;
};

static struct asee asee = { .taille = 16 };
static struct mutex mutex_asee;
static wait_queue_head_t attente_lecture;
static wait_queue_head_t attente_ecriture;

static ssize_t asee_read(struct file *fichier, char __user *dest, size_t n, loff_t *pos)
{
	char morceau[50];
	int lus = 0;

	if (n == 0)
		return 0;

	/* section critique : personne ne touche au asee pendant qu'on lit */
	mutex_lock(&mutex_asee);
	if (wait_event_interruptible(attente_lecture, asee.nombre > 0)) {
		mutex_unlock(&mutex_asee);
		return -ERESTARTSYS;
	}
	while (asee.nombre > 0 && lus < n && lus < (int)sizeof(morceau)) {
		morceau[lus++] = asee.donnees[asee.tete];
		if (++asee.tete == asee.taille)
			asee.tete = 0;
		asee.nombre--;
	}
	mutex_unlock(&mutex_asee);
	/* la place est libre meme si la copie echoue */
	wake_up(&attente_ecriture);

	if (copy_to_user(dest, morceau, lus))
		return -EFAULT;
	return lus;
}

static ssize_t asee_write(struct file *fichier, const char __user *src, size_t n, loff_t *pos)
{
	size_t ecrits = 0;
	size_t a_ecrire = n;
	char c;

	/* echo ajoute un retour a la ligne : on ne le stocke pas */
	if (n > 0) {
		if (get_user(c, src + n - 1))
			return -EFAULT;
		if (c == '\n')
			a_ecrire = n - 1;
	}

	/* on attend une place, puis on met ce qui tient : l'appelant ecrira le reste */
	while (ecrits == 0 && a_ecrire > 0) {
		if (wait_event_interruptible(attente_ecriture, asee.nombre < asee.taille))
			return -ERESTARTSYS;
		mutex_lock(&mutex_asee);
		while (ecrits < a_ecrire && asee.nombre < asee.taille) {
			if (get_user(c, src + ecrits)) {
				mutex_unlock(&mutex_asee);
				wake_up(&attente_lecture);
				return ecrits ? ecrits : -EFAULT;
			}
			asee.donnees[asee.queue] = c;
			if (++asee.queue == asee.taille)
				asee.queue = 0;
			asee.nombre++;
			ecrits++;
		}
		mutex_unlock(&mutex_asee);
		wake_up(&attente_lecture);
	}
	return ecrits == a_ecrire ? n : ecrits;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t taille_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int t;

	mutex_lock(&mutex_asee);
	t = asee.taille;
	mutex_unlock(&mutex_asee);
	return sprintf(buf, "%d\n", t);
}

static ssize_t taille_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	int t, i, err;
	char *d;

	err = kstrtoint(buf, 10, &t);
	if (err < 0)
		return err;
	if (t < 1 || t > 4096) {
		pr_err("asee_mod : taille %d refusee\n", t);
		return -EINVAL;
	}

	mutex_lock(&mutex_asee);
	if (t < asee.nombre) {
		pr_err("asee_mod : il y a deja %d caracteres\n", asee.nombre);
		err = -EINVAL;
		goto fin;
	}
	d = kzalloc(t, GFP_KERNEL);
	if (d == NULL) {
		err = -ENOMEM;
		goto fin;
	}
	for (i = 0; i < asee.nombre; i++)
		d[i] = asee.donnees[(asee.tete + i) % asee.taille];
	kfree(asee.donnees);
	asee.donnees = d;
	asee.taille = t;
	asee.tete = 0;
	asee.queue = asee.nombre % t;
	err = count;
fin:
	mutex_unlock(&mutex_asee);
	wake_up(&attente_ecriture);
	return err;
}

static ssize_t nombre_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int n;

	mutex_lock(&mutex_asee);
	n = asee.nombre;
	mutex_unlock(&mutex_asee);
	return sprintf(buf, "%d\n", n);
}

static struct kobj_attribute attr_taille = __ATTR(asee_buf_size, 0644, taille_show, taille_store);
static struct kobj_attribute attr_nombre = __ATTR(asee_buf_count, 0444, nombre_show, NULL);
static struct kobject *kobj_asee;

static int __init canal_init(void)
{
	int err;

	mutex_init(&mutex_asee);
	init_waitqueue_head(&attente_lecture);
	init_waitqueue_head(&attente_ecriture);

	asee.donnees = kzalloc(asee.taille, GFP_KERNEL);
	if (!asee.donnees)
		return -ENOMEM;
	kobj_asee = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj_asee) {
		err = -ENOMEM;
		goto libere;
	}
	err = sysfs_create_file(kobj_asee, &attr_taille.attr);
	if (err)
		goto enleve;
	err = sysfs_create_file(kobj_asee, &attr_nombre.attr);
	if (err)
		goto enleve;
	err = misc_register(&asee_misc);
	if (err)
		goto enleve;
	return 0;

enleve:
	kobject_put(kobj_asee);
libere:
	kfree(asee.donnees);
	return err;
}

static void __exit canal_exit(void)
{
	misc_deregister(&asee_misc);
	kobject_put(kobj_asee);
	kfree(asee.donnees);
}

module_init(canal_init);
module_exit(canal_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("M2 Info");
