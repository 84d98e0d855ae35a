import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Runs each check, and says in a line of its own how it went. */
final class Checks {
    private boolean failed;

    interface Check {
        void run() throws Exception;
    }

    void check(String what, Check check) {
        try {
            check.run();
            System.out.println("ok    java " + what);
        } catch (Exception | AssertionError | LinkageError e) {
            failed = true;
            System.out.println("FAIL  java " + what + ": " + why(e));
        }
    }

    boolean failed() {
        return failed;
    }

    static void same(String name, Object want, Object got) {
        if (!want.equals(got)) {
            throw new AssertionError(name + " is " + got + ", not " + want);
        }
    }

    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private static String why(Throwable e) {
        while ((e instanceof ExecutionException || e instanceof CompletionException) && e.getCause() != null) {
            e = e.getCause();
        }
        return e.toString().replace('\n', ' ');
    }
}
