import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { grpcCodes } from '../../process/grpc-codes.ts';
import { protoTime } from '../../process/proto-time.ts';

test('the codes are those of gRPC', () => {
  expect(status).toMatchObject(grpcCodes);
});

test('a time of the protocol has whole seconds and the rest in nanoseconds', () => {
  expect(protoTime(1_500)).toEqual({ seconds: 1, nanos: 500_000_000 });
  expect(protoTime(2_000.25)).toEqual({ seconds: 2, nanos: 250_000 });
});
