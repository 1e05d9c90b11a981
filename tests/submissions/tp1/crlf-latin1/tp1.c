/*
 * Première séance : tampon circulaire.
 * Écrit sous Windows, d'où les fins de ligne.
 */
#include <linux/module.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/uaccess.h>

#define NOM "asee_mod"
#define TAILLE 16

static char tampon[TAILLE];
static int debut = 0, nb = 0, majeur;
static struct class *classe;

/* lecture : le plus ancien d'abord */
static ssize_t lecture(struct file *f, char __user *u, size_t n, loff_t *o)
{
    int i;
    for (i = 0; i < n && nb > 0; i++)
    {
        if (put_user(tampon[debut], u + i))
            return -EFAULT;
        debut = (debut + 1) % TAILLE;
        nb = nb - 1;
    }
    return i;
}

/* écriture : si c'est plein, on écrase le plus ancien */
static ssize_t ecriture(struct file *f, const char __user *u, size_t n, loff_t *o)
{
    int i;
    for (i = 0; i < n; i++)
    {
        char c;
        if (get_user(c, u + i))
            return -EFAULT;
        if (nb == TAILLE)
        {
            debut = (debut + 1) % TAILLE;
            nb = nb - 1;
        }
        tampon[(debut + nb) % TAILLE] = c;
        nb = nb + 1;
    }
    printk(KERN_INFO NOM ": reçu %d caractères\n", i);
    return i;
}

static struct file_operations ops =
{
    .owner = THIS_MODULE,
    .read  = lecture,
    .write = ecriture
};

static int __init debut_mod(void)
{
    majeur = register_chrdev(0, NOM, &ops);
    if (majeur < 0)
        return majeur;
    classe = class_create(NOM);
    if (IS_ERR(device_create(classe, NULL, MKDEV(majeur, 0), NULL, NOM)))
        printk(KERN_ERR "device_create a échoué\n");
    return 0;
}

static void __exit fin_mod(void)
{
    device_destroy(classe, MKDEV(majeur, 0));
    class_destroy(classe);
    unregister_chrdev(majeur, NOM);
}

module_init(debut_mod);
module_exit(fin_mod);
MODULE_LICENSE("GPL");
