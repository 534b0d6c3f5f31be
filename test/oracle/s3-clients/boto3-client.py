"""What s3-clients.test.ts does with boto3: `boto3-client.py ENDPOINT BUCKET COMMAND ARGUMENTS…`, answers in JSON."""

import hashlib
import json
import sys
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, bucket, command, *arguments = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
in_parts = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=5 << 20)


def listing(prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry for page in pages for entry in page.get("Contents", [])]


def put(file, key):
    s3.upload_file(file, bucket, key, Config=in_parts)


def get(key, file):
    s3.download_file(bucket, key, file, Config=in_parts)


def remove(key):
    s3.delete_object(Bucket=bucket, Key=key)


def remove_all(prefix):
    keys = [{"Key": entry["Key"]} for entry in listing(prefix)]
    for start in range(0, len(keys), 1000):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[start : start + 1000]})


def list_keys(prefix):
    return [entry["Key"] for entry in listing(prefix)]


def sync_up(folder, prefix):
    there = {entry["Key"]: entry["ETag"].strip('"') for entry in listing(prefix)}
    here = {prefix + str(path.relative_to(folder)): path for path in Path(folder).rglob("*") if path.is_file()}
    for key, path in here.items():
        if there.get(key) != hashlib.md5(path.read_bytes()).hexdigest():
            put(str(path), key)
    for key in there.keys() - here.keys():
        remove(key)


def sync_down(prefix, folder):
    for key in list_keys(prefix):
        path = Path(folder) / key[len(prefix) :]
        path.parent.mkdir(parents=True, exist_ok=True)
        get(key, str(path))


def presign(key, seconds):
    return s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, int(seconds))


def put_if_absent(key):
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=b"content", IfNoneMatch="*")
        return "written"
    except ClientError as error:
        return error.response["Error"]["Code"]


commands = [put, get, remove, remove_all, list_keys, sync_up, sync_down, presign, put_if_absent]
print(json.dumps({function.__name__: function for function in commands}[command](*arguments)))
