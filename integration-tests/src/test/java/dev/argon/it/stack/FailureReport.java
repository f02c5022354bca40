package dev.argon.it.stack;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;

/// Prints what every open stack looks like when a test fails, and closes stacks that a class left
/// open. Registered for all tests in `META-INF/services`.
public final class FailureReport
    implements BeforeTestExecutionCallback,
        AfterTestExecutionCallback,
        AfterAllCallback,
        LifecycleMethodExecutionExceptionHandler {

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    OpenStacks.testBegins();
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    context.getExecutionException().ifPresent(_ -> print(context));
    OpenStacks.testEnded();
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable e)
      throws Throwable {
    print(context);
    throw e;
  }

  @Override
  public void afterAll(ExtensionContext context) {
    OpenStacks.releaseAll();
  }

  private static void print(ExtensionContext context) {
    for (Stack stack : OpenStacks.all()) {
      System.err.println("##### " + context.getDisplayName() + " failed");
      System.err.println(stack.describe());
    }
  }
}
