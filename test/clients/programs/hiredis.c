/* The steps of test/clients/scenario.ts with hiredis. */
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static redisContext *connected(redisContext *c) {
    if (c == NULL || c->err) give_up(c ? c->errstr : "no memory");
    return c;
}

static redisContext *client_at(const char *port) {
    return connected(redisConnect("127.0.0.1", atoi(getenv(port))));
}

static redisContext *client(void) {
    return client_at("MATRIX_PORT");
}

static redisReply *ask(redisContext *c, const char *format, ...) {
    va_list words;
    va_start(words, format);
    redisReply *reply = redisvCommand(c, format, words);
    va_end(words);
    if (reply == NULL) give_up(c->errstr);
    return reply;
}

static redisReply *next_reply(redisContext *c) {
    redisReply *reply;
    if (redisGetReply(c, (void **)&reply) != REDIS_OK) give_up(c->errstr);
    return reply;
}

static void print_reply(const redisReply *reply) {
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        printf("%lld", reply->integer);
        break;
    case REDIS_REPLY_NIL:
        printf("nil");
        break;
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < reply->elements; i++) {
            if (i > 0) putchar(',');
            print_reply(reply->element[i]);
        }
        break;
    default:
        printf("%s", reply->str);
    }
}

static void say_reply(redisReply *reply) {
    putchar(' ');
    print_reply(reply);
    freeReplyObject(reply);
}

#define SAY(...) say_reply(ask(__VA_ARGS__))
#define DO(...) freeReplyObject(ask(__VA_ARGS__))

static long long number(redisReply *reply) {
    long long value = reply->type == REDIS_REPLY_INTEGER ? reply->integer : atoll(reply->str);
    freeReplyObject(reply);
    return value;
}

static int is_nil(redisReply *reply) {
    int nil = reply->type == REDIS_REPLY_NIL;
    freeReplyObject(reply);
    return nil;
}

static void say_between(long long low, long long value, long long high) {
    printf(" %d", low < value && value <= high);
}

static void counters(void) {
    redisContext *c = client();
    SAY(c, "INCR c");
    SAY(c, "INCRBY c %d", 10);
    SAY(c, "DECR c");
    SAY(c, "DECRBY c %d", 5);
    SAY(c, "GET c");
    SAY(c, "GET none");
    DO(c, "SET c 41");
    SAY(c, "INCR c");
    SAY(c, "MGET c none");
    SAY(c, "EXISTS c");
    SAY(c, "DEL c");
    SAY(c, "EXISTS c");
    redisFree(c);
}

static void numbers(void) {
    redisContext *c = client();
    DO(c, "SET big %lld", 1LL << 53);
    SAY(c, "INCR big");
    SAY(c, "GET big");
    DO(c, "SET low -9223372036854775807");
    SAY(c, "DECR low");
    redisFree(c);
}

static void errors(void) {
    redisContext *c = client();
    DO(c, "SET max 9223372036854775807");
    SAY(c, "INCR max");
    SAY(c, "INCRBY max x");
    SAY(c, "GET");
    SAY(c, "NOSUCH a");
    redisFree(c);
}

static void expiry(void) {
    redisContext *c = client();
    DO(c, "SET t 5 EX 100");
    SAY(c, "INCR t");
    say_between(90, number(ask(c, "TTL t")), 100);
    SAY(c, "EXPIRE t 50");
    say_between(40, number(ask(c, "TTL t")), 50);
    SAY(c, "PERSIST t");
    SAY(c, "TTL t");
    SAY(c, "PEXPIRE t 1");
    while (!is_nil(ask(c, "GET t"))) continue;
    SAY(c, "TTL t");
    redisFree(c);
}

static void pipeline(void) {
    redisContext *c = client();
    long long first = 0, last = 0;
    int rising = 1;
    for (int i = 0; i < 1000; i++) redisAppendCommand(c, "INCR p");
    for (int i = 0; i < 1000; i++) {
        long long taken = number(next_reply(c));
        if (i == 0) first = taken;
        else rising = rising && taken == last + 1;
        last = taken;
    }
    printf(" %lld %lld %d", first, last, rising);
    redisFree(c);
}

static int scanned(redisContext *c, const char *pattern) {
    char cursor[32] = "0";
    char seen[350] = {0};
    int count = 0;
    do {
        redisReply *reply = ask(c, "SCAN %s MATCH %s COUNT 100", cursor, pattern);
        snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
        const redisReply *names = reply->element[1];
        for (size_t i = 0; i < names->elements; i++) {
            const char *name = names->element[i]->str;
            int id = atoi(strchr(name, ':') + 1) + (name[0] == 'o' ? 300 : 0);
            count += !seen[id];
            seen[id] = 1;
        }
        freeReplyObject(reply);
    } while (strcmp(cursor, "0") != 0);
    return count;
}

static int by_text(const void *a, const void *b) {
    return strcmp((*(redisReply *const *)a)->str, (*(redisReply *const *)b)->str);
}

static void scan(void) {
    redisContext *c = client();
    for (int i = 0; i < 300; i++) redisAppendCommand(c, "SET user:%d %d", i, i);
    for (int i = 0; i < 50; i++) redisAppendCommand(c, "SET other:%d %d", i, i);
    for (int i = 0; i < 350; i++) freeReplyObject(next_reply(c));
    printf(" %d", scanned(c, "user:*"));
    redisReply *some = ask(c, "KEYS other:1[0-2]");
    qsort(some->element, some->elements, sizeof *some->element, by_text);
    say_reply(some);
    printf(" %d", scanned(c, "*er:*"));
    redisFree(c);
}

static void heard(redisContext *listener) {
    redisReply *reply = next_reply(listener);
    size_t last = reply->elements - 1;
    printf(" %s:%s:%s", reply->element[0]->str, reply->element[last - 1]->str, reply->element[last]->str);
    freeReplyObject(reply);
}

static void messages(void) {
    redisContext *c = client();
    redisContext *listener = client();
    DO(listener, "SUBSCRIBE news");
    DO(listener, "PSUBSCRIBE n*s");
    SAY(c, "PUBLISH news hello");
    heard(listener);
    heard(listener);
    DO(listener, "UNSUBSCRIBE news");
    DO(listener, "PUNSUBSCRIBE n*s");
    SAY(c, "PUBLISH news nobody");
    redisFree(listener);
    redisFree(c);
}

static void database(void) {
    redisContext *c = client();
    redisContext *other = client();
    DO(other, "SELECT 3");
    SAY(other, "INCR only-in-3");
    SAY(other, "DBSIZE");
    SAY(c, "EXISTS only-in-3");
    redisFree(other);
    redisFree(c);
}

static void name(void) {
    redisContext *c = client();
    DO(c, "CLIENT SETNAME matrix");
    SAY(c, "CLIENT GETNAME");
    redisReply *list = ask(c, "CLIENT LIST");
    printf(" %d", strstr(list->str, " name=matrix ") != NULL);
    freeReplyObject(list);
    redisFree(c);
}

static void info(void) {
    redisContext *c = client();
    DO(c, "SELECT 7");
    DO(c, "MSET a 1 b 2");
    redisReply *facts = ask(c, "INFO");
    printf(" %.6s", strstr(facts->str, "role:") + 5);
    printf(" %d", atoi(strstr(facts->str, "db7:keys=") + 9));
    freeReplyObject(facts);
    redisFree(c);
}

static void unix_socket(void) {
    redisContext *c = connected(redisConnectUnix(getenv("MATRIX_SOCKET")));
    SAY(c, "INCR c");
    SAY(c, "INCR c");
    redisFree(c);
}

static void reconnect(void) {
    redisContext *c = client();
    redisContext *other = client();
    SAY(c, "INCR again");
    DO(other, "CLIENT KILL ID %lld", number(ask(c, "CLIENT ID")));
    /* The first command finds the connection closed, and the second a new one. */
    redisReply *lost = redisCommand(c, "INCR again");
    if (lost != NULL || redisReconnect(c) != REDIS_OK) give_up("not closed, or not connected again");
    SAY(c, "INCR again");
    redisFree(other);
    redisFree(c);
}

static void transaction(void) {
    redisContext *c = client();
    redisContext *other = client();
    DO(c, "MULTI");
    DO(c, "INCR tx");
    DO(c, "INCRBY tx 4");
    DO(c, "GET tx");
    SAY(c, "EXEC");
    DO(c, "WATCH tx");
    DO(other, "INCR tx");
    DO(c, "MULTI");
    DO(c, "INCR tx");
    SAY(c, "EXEC");
    SAY(c, "GET tx");
    redisFree(other);
    redisFree(c);
}

static void script(void) {
    redisContext *c = client();
    const char *text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    redisReply *sha = ask(c, "SCRIPT LOAD %s", text);
    SAY(c, "EVAL %s 1 s 5", text);
    SAY(c, "EVALSHA %s 1 s 2", sha->str);
    SAY(c, "EVALSHA 0000000000000000000000000000000000000000 0");
    freeReplyObject(sha);
    redisFree(c);
}

static void password(void) {
    redisContext *c = client_at("MATRIX_LOCKED_PORT");
    redisReply *without = ask(c, "PING");
    redisReply *wrong = ask(c, "AUTH wrong");
    DO(c, "AUTH sesame");
    SAY(c, "INCR c");
    say_reply(without);
    say_reply(wrong);
    redisFree(c);
}

static void user(void) {
    redisContext *c = client_at("MATRIX_LOCKED_PORT");
    DO(c, "AUTH counter apple");
    SAY(c, "INCR app:c");
    SAY(c, "ACL WHOAMI");
    SAY(c, "INCR c");
    SAY(c, "GET app:c");
    redisFree(c);
}

static const struct {
    const char *name;
    void (*run)(void);
} steps[] = {
    {"counters", counters}, {"numbers", numbers}, {"errors", errors}, {"expiry", expiry},
    {"pipeline", pipeline}, {"scan", scan}, {"messages", messages}, {"database", database},
    {"name", name}, {"info", info}, {"unix", unix_socket}, {"reconnect", reconnect}, {"transaction", transaction},
    {"script", script}, {"password", password}, {"user", user},
};

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        size_t at = 0;
        while (at < sizeof steps / sizeof *steps && strcmp(steps[at].name, argv[i]) != 0) at++;
        if (at == sizeof steps / sizeof *steps) give_up("no such step");
        printf("%s", argv[i]);
        steps[at].run();
        printf("\n");
    }
    return 0;
}
